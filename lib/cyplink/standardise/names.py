"""Names: upper case, A to Z and single spaces; placeholders nulled; every usable part of a compound name.

Codelists: conf/codelists/placeholder_names.csv (what is no name, or no part of one), name_particles.csv (AL, DE, VAN: too
common to be a part that speaks for anybody).
"""

import unicodedata

from pyspark.sql import Column
from pyspark.sql import functions as F

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


def standardise(column: Column) -> Column:
    """Upper case, diacritics off, apostrophes closed up, anything else a space, spaces single; null where nothing is left.

    O'Brien is OBRIEN, Smith-Jones is SMITH JONES, Łukasz is LUKASZ. Other scripts leave nothing: null.
    """
    text = F.upper(column)
    for letter, letters in _TWO_LETTERS:
        text = F.replace(text, F.lit(letter), F.lit(letters))
    text = F.regexp_replace(F.translate(text, _WITH_MARK, _PLAIN), r"[\p{M}'’‘`´ʼʻ]", "")
    return _squeezed(F.regexp_replace(text, r"[^A-Z]", " "))


def cleaned(column: Column) -> Column:
    """A standardised name without markers such as DUPLICATE."""
    return _without_markers(standardise(column))


def usable(name: Column, part: str) -> Column:
    """A cleaned name; null when it is a placeholder, such as BABY or TWIN ONE."""
    return F.when(~is_placeholder(name, part), name)


def is_placeholder(name: Column, part: str) -> Column:
    """Whether a cleaned name stands for none; null where none was given."""
    return name.rlike(_placeholders(part))


def first(name: Column) -> Column:
    """The first word of a standardised name."""
    return F.split(name, " ")[0]


def rest(name: Column) -> Column:
    """A standardised name after its first word; null where it has but one."""
    return F.nullif(F.regexp_replace(name, r"^\S+ ?", ""), F.lit(""))


def with_parts(*names: Column) -> Column:
    """Standardised names and their parts, particles and single letters left out, sorted and distinct: an array, never null."""
    particles = [row["particle"] for row in codelists.read("name_particles")]
    parts = F.flatten(F.array(*(F.coalesce(F.split(name, " "), F.array().cast("array<string>")) for name in names)))
    speaking = F.filter(parts, lambda part: (F.length(part) >= SHORTEST_PART) & ~part.isin(*particles))
    return F.array_sort(F.array_distinct(F.array_compact(F.concat(F.array(*names), speaking))))


def _without_markers(name: Column) -> Column:
    listed = [row["name"] for row in codelists.read("placeholder_names") if row["match"] == "marker"]
    markers = "|".join(sorted(listed, key=len, reverse=True))  # the longest first: a regex takes the first that fits
    return _squeezed(F.regexp_replace(name, rf"\b({markers})\b", " "))


def _placeholders(part: str) -> str:
    rows = [row for row in codelists.read("placeholder_names") if row["part"] in (part, "either")]
    whole = "|".join(row["name"] for row in rows if row["match"] == "whole")
    starts = "|".join(row["name"] for row in rows if row["match"] == "first_words")
    return rf"^(?:(?:{whole})|(?:{starts})(?: .*)?)$" if starts else rf"^(?:{whole})$"


def _squeezed(text: Column) -> Column:
    return F.nullif(F.trim(F.regexp_replace(text, r"\s+", " ")), F.lit(""))
