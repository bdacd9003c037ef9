"""What a category as delivered means: labelled text with free variants (variants.csv), to the standard's label.

Case and white space do not matter, nor does the mark before the label (`a) Male`, `1 - Male`): what councils type after it is right more
often. A text that is no label, no variant and fits no pattern means nothing here, and is marked.
"""

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pyspark.sql import Column
from pyspark.sql import functions as F

from cyplink.duck import literal
from cyplink.sources.annex_a import FOLDER, SOURCE
from cyplink.standardise.codelists import mapped
from cyplink.standardise.macros import meaning
from cyplink.standardise.texts import given, yes_or_no

_MARK = r"^[a-z0-9]{1,2}\s*[):.\-]\s*"


def label(code_set: Column, category: Column, sets: Sequence[str]) -> Column:
    """The label, in the standard's words, of a category of one of `sets`; null where blank or of no known meaning."""
    plain = F.lower(F.regexp_replace(given(category), r"\s+", " "))
    bare = F.regexp_replace(plain, _MARK, "")
    meanings = {f"{name}|{spelling}": said for name in sets for spelling, said in _spellings(name).items()}
    found = [mapped(F.concat(code_set, F.lit("|"), text), meanings) for text in (plain, bare)]
    fitting = [
        F.when((code_set == name) & text.rlike(f"^(?:{pattern})$"), F.lit(said))
        for name in sets for pattern, said in _patterns(name) for text in (plain, bare)
    ]  # fmt: skip
    return F.coalesce(*found, *fitting)


def label_in(code_set: str, category: str) -> str:
    """SQL of the same for a category, in SQL, of one code set."""
    spellings = _spellings(code_set)
    fitting = (f"case when regexp_full_match({text}, {literal(pattern)}) then {literal(said)} end" for pattern, said in _patterns(code_set) for text in ("plain", "bare"))
    said = ", ".join((meaning("plain", spellings), meaning("bare", spellings), *fitting))
    return f"""(select coalesce({said}) from (select plain, regexp_replace(plain, {literal(_MARK)}, '') as bare
        from (select lower(regexp_replace(given({category}), '\\s+', ' ', 'g')) as plain)))"""


def answer(category: Column) -> Column:
    """True or false for yes and no however marked; null for unknown, blank and anything else."""
    return yes_or_no(F.regexp_replace(F.lower(given(category)), _MARK, ""))


@cache
def _variants() -> tuple[dict[str, str], ...]:
    with (FOLDER / Path("variants.csv")).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def _spellings(code_set: str) -> dict[str, str]:
    labels = {code: what.label for code, what in SOURCE.codes[code_set].items()}
    found = {row["variant"].lower(): labels[row["code"]] for row in _variants() if row["code_set"] == code_set and row["is_pattern"] == "no"}
    return found | {said.lower(): said for said in labels.values()}


def _patterns(code_set: str) -> list[tuple[str, str]]:
    return [
        (row["variant"], SOURCE.codes[code_set][row["code"]].label)
        for row in _variants() if row["code_set"] == code_set and row["is_pattern"] == "yes"
    ]  # fmt: skip
