"""What a command costs, with all processes it starts."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.worlds import CONF

CYPLINK = [sys.executable, "-m", "cyplink.cli"]


@dataclass(frozen=True)
class Cost:
    """Seconds from start to end, and the most memory that the processes held at once (MB, shared pages counted once)."""

    seconds: float
    peak: float


def cost(command: Sequence[str], root: Path, env: str) -> Cost:
    """Run the command in folder `root` with the settings `env`; what it says is added to output.log there, whose end is told if it fails."""
    environment = {**os.environ, "PYTHONPATH": f"{CONF.parent / 'lib'}:{CONF.parent}", "CYPLINK_CONF": str(CONF), "CYPLINK_ENV": env, "MLFLOW_DISABLE_TELEMETRY": "true"}
    began, peak = time.monotonic(), 0.0
    with (root / "output.log").open("a") as log, subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log) as running:
        while running.poll() is None:
            peak = max(peak, _held(running.pid))
            time.sleep(1)
    assert running.returncode == 0, (root / "output.log").read_text()[-2000:]
    return Cost(time.monotonic() - began, peak)


def _held(pid: int) -> float:
    held = 0.0
    try:
        for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            held += one.memory_full_info().pss / 1e6
    except psutil.Error:  # it ended while it was looked at
        pass
    return held
