"""kill -9 anywhere, run again: the same tables."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.contents import differences
from tests.verify.conftest import Outside, make_outside

pytestmark = pytest.mark.verify

# Killed as soon as this appears in the lake: the first commit of a table, or a file a task has written that nobody committed yet.
MOMENTS = {
    "between two bronze commits": "identifiable/bronze/ssda903_episodes/_delta_log/00000000000000000001.json",
    "between two silver tables": "identifiable/silver/looked_after_episode/_delta_log/00000000000000000001.json",
    "in the middle of scoring": "identifiable/linkage/scored_pair/*.parquet",
    "between the ledger and the links": "identifiable/linkage/person_event/_delta_log/00000000000000000001.json",
    "between two gold tables": "research/gold/person/_delta_log/00000000000000000001.json",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_is_finished_by_the_next(moment: str, tmp_path: Path, population: Path, undisturbed: Outside) -> None:
    outside = make_outside(tmp_path, population)
    process = outside.start("run")
    deadline = time.monotonic() + 600
    while not list((tmp_path / "data" / "lake").glob(MOMENTS[moment])):
        assert process.poll() is None, "the run ended before the moment came"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    assert not list((tmp_path / "data/lake/identifiable/_runs").glob("*.json")), "a killed run left a manifest"
    outside.cyplink("run")
    assert differences(undisturbed.contents(), outside.contents()) == []


def test_a_second_run_makes_no_data_commit(undisturbed: Outside) -> None:
    logs = undisturbed.root / "data" / "lake"
    before = sorted(str(p) for p in logs.glob("*/*/*/_delta_log/*.json"))
    said = undisturbed.cyplink("run")
    assert "Nothing changed" in said
    assert sorted(str(p) for p in logs.glob("*/*/*/_delta_log/*.json")) == before
