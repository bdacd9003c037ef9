"""The README's line that submits one job to Spark on this machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.verify.conftest import PROJECT, Outside

pytestmark = pytest.mark.verify


def _submitted(world: Outside, words: str) -> subprocess.CompletedProcess[str]:
    """The line, in a folder that has what the project's has."""
    for name, target in (("jobs", PROJECT / "jobs"), ("conf", PROJECT / "conf"), (".venv", Path(sys.prefix))):
        if not (world.root / name).exists():
            (world.root / name).symlink_to(target)
    environment = {name: value for name, value in os.environ.items() if name not in ("CYPLINK_CONF", "PYSPARK_PYTHON")} | {"PYTHONPATH": str(PROJECT / "lib")}
    return subprocess.run(["/bin/sh", "-c", words], cwd=world.root, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_line_runs_one_job_and_changes_nothing_where_nothing_is_new(undisturbed: Outside) -> None:
    (line,) = re.findall(r"`(PATH=\S+ spark-submit [^`]+)`", (PROJECT / "README.md").read_text(encoding="utf-8"))
    before = undisturbed.contents()
    done = _submitted(undisturbed, line)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Nothing changed" in done.stdout
    assert undisturbed.contents() == before
    wrong = _submitted(undisturbed, f"{line} --env prod")
    said = wrong.stdout + wrong.stderr  # spark-submit gives a script's errors out with what it prints
    assert wrong.returncode == 1 and "cyplink: There are no settings for 'prod'" in said and "Traceback" not in said
