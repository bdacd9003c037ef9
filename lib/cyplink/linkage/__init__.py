"""The linkage kernel: who is who. Records in, one person id a record out, with the strength of every link (DESIGN §4)."""
