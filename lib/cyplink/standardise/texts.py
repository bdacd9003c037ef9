"""Text as delivered: trimmed, and null where nothing is left."""

BLANKS = " \t\n\v\f\r\0\u00a0\u202f\u3000"
"""What stands around values in exports: white space, NUL, spaces that do not break, the wide space of East Asian keyboards. Few, because each
end of each value is compared with all of them: with every separator and control character of Unicode, that was a third of a run."""

LARGEST_INT = 2_147_483_647
