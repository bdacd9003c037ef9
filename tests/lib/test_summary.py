"""What a person reads at the end of a run."""

import io

from rich.console import Console

from cyplink.bronze import LandingReport
from cyplink.run import RunReport
from cyplink.runs import Manifest
from cyplink.summary import print_run


def test_a_refused_file_is_told_before_what_was_but_noted() -> None:
    noted = [f"annex_a/{number}/2026-03/v1/annex_a.xlsx: undeclared columns Ward" for number in range(201, 231)]
    landings = [LandingReport("annex_a", True, 30, 0, tuple(noted)), LandingReport("ssda903", True, 1, 0, ("ssda903/304/2025-26/v1/header.csv: refused, columns_missing: DOB",))]
    console = Console(file=io.StringIO(), width=200)
    print_run(console, RunReport("r", landings=landings, manifest=Manifest("r", {})))
    assert "header.csv: refused" in console.file.getvalue().splitlines()[1]
