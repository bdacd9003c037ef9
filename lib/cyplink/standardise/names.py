"""Names: upper case, A to Z and single spaces; placeholders nulled; every usable part of a compound name. SQL for DuckDB, each function
from the SQL of a name to that of what is made of it.

Codelists: conf/codelists/placeholder_names.csv (what is no name, or no part of one), name_particles.csv (AL, DE, VAN: too
common to be a part that speaks for anybody).
"""

import unicodedata

from cyplink.standardise import codelists

FORENAME, SURNAME = "forename", "surname"
SHORTEST_PART = 2


def _plain_letters() -> tuple[str, str]:
    """Upper-case Latin letters with a diacritic or stroke, and the letters they stand for, place by place."""
    pairs = {"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "İ": "I", "Ə": "E", "Ŋ": "N", "Ɓ": "B", "Ɗ": "D", "Ƙ": "K"}
    for point in (*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)):
        letter = chr(point)
        base = unicodedata.normalize("NFKD", letter)[0]
        if letter.upper() == letter and letter not in pairs and base.isascii() and base.isalpha():
            pairs[letter] = base
    return "".join(pairs), "".join(pairs.values())


_WITH_MARK, _PLAIN = _plain_letters()
_TWO_LETTERS = (("Æ", "AE"), ("Œ", "OE"), ("Þ", "TH"), ("ẞ", "SS"), ("ß", "SS"))


def standardised(name: str) -> str:
    """Upper case, diacritics off, apostrophes closed up, anything else a space, spaces single; null where nothing is left.

    O'Brien is OBRIEN, Smith-Jones is SMITH JONES, Łukasz is LUKASZ. Other scripts leave nothing: null.
    """
    text = f"upper({name})"
    for letter, letters in _TWO_LETTERS:
        text = f"replace({text}, '{letter}', '{letters}')"
    # As long in bytes as in letters is a name of plain letters: most are, and to look each of theirs up among all that have a mark is slow.
    plain = f"case when strlen({name}) = length({name}) then upper({name}) else translate({text}, '{_WITH_MARK}', '{_PLAIN}') end"
    text = f"regexp_replace({plain}, '[\\p{{M}}''’‘`´ʼʻ]', '', 'g')"
    return _squeezed(f"regexp_replace({text}, '[^A-Z]', ' ', 'g')")


def cleaned(name: str) -> str:
    """A standardised name without markers such as DUPLICATE."""
    listed = [row["name"] for row in codelists.read("placeholder_names") if row["match"] == "marker"]
    markers = "|".join(sorted(listed, key=len, reverse=True))  # the longest first: a pattern takes the first that fits
    return _squeezed(f"regexp_replace({standardised(name)}, '\\b({markers})\\b', ' ', 'g')")


def is_placeholder(name: str, part: str) -> str:
    """Whether a cleaned name, such as BABY or TWIN ONE, stands for none; null where none was given."""
    rows = [row for row in codelists.read("placeholder_names") if row["part"] in (part, "either")]
    whole = "|".join(row["name"] for row in rows if row["match"] == "whole")
    starts = "|".join(row["name"] for row in rows if row["match"] == "first_words")
    return f"regexp_full_match({name}, '{whole}{f'|(?:{starts})(?: .*)?' if starts else ''}')"


def first(name: str) -> str:
    """The first word of a standardised name."""
    return f"split_part({name}, ' ', 1)"


def rest(name: str) -> str:
    """A standardised name after its first word; null where it has but one."""
    return f"nullif(array_to_string(string_split({name}, ' ')[2:], ' '), '')"


def parts(name: str) -> str:
    """The words of a standardised name but particles and single letters: a list; null for null."""
    particles = ", ".join(f"'{row['particle']}'" for row in codelists.read("name_particles"))
    return f"list_filter(string_split({name}, ' '), lambda word: length(word) >= {SHORTEST_PART} and word not in ({particles}))"


def _squeezed(text: str) -> str:
    return f"nullif(trim(regexp_replace({text}, ' +', ' ', 'g')), '')"
