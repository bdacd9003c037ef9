"""What a category as delivered means: labelled text with free variants (variants.csv), to the standard's label.

Case and white space do not matter, nor does the mark before the label (`a) Male`, `1 - Male`): what councils type after it is right more
often. A text that is no label, no variant and fits no pattern means nothing here, and is marked.
"""

import csv
from functools import cache
from pathlib import Path

from cyplink.duck import literal
from cyplink.sources.annex_a import FOLDER, SOURCE
from cyplink.standardise.macros import meaning

_MARK = r"^[a-z0-9]{1,2}\s*[):.\-]\s*"


def label(code_set: str, category: str) -> str:
    """SQL of the label, in the standard's words, of a category (in SQL) of the code set; null where blank or of no known meaning."""
    spellings = _spellings(code_set)
    fitting = (f"case when regexp_full_match({text}, {literal(pattern)}) then {literal(said)} end" for pattern, said in _patterns(code_set) for text in ("plain", "bare"))
    said = ", ".join((meaning("plain", spellings), meaning("bare", spellings), *fitting))
    return f"""(select coalesce({said}) from (select plain, regexp_replace(plain, {literal(_MARK)}, '') as bare
        from (select lower(regexp_replace(given({category}), '\\s+', ' ', 'g')) as plain)))"""


def answer(category: str) -> str:
    """SQL of true or false for yes and no however marked; null for unknown, blank and anything else."""
    return f"yes_or_no(regexp_replace(lower(given({category})), {literal(_MARK)}, ''))"


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
