"""Codelists under conf/codelists: CSV files that a board or a clinician may change without touching code."""

import csv
import os
from functools import cache
from pathlib import Path

FOLDER_VARIABLE = "CYPLINK_CODELISTS"


def folder() -> Path:
    """Where the codelists are: the folder named by CYPLINK_CODELISTS, else conf/codelists of this checkout."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[3] / "conf" / "codelists"


@cache
def read(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `<name>.csv`. Raises FileNotFoundError saying where it was looked for."""
    path = folder() / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(f"Codelist {path} is missing; set {FOLDER_VARIABLE} to the folder that holds the codelists.")
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))
