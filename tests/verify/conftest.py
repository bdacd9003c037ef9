"""Worlds that are driven from outside, as a user would: by the command line, in a folder of their own."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cyplink import synthetic
from tests.contents import contents

PROJECT = Path(__file__).parents[2]
CLUSTER = str(PROJECT / "deploy" / "standalone" / "cluster.sh")
KEY = bytes(range(32))


@dataclass(frozen=True)
class Outside:
    """A folder with a landing, a key, and the project's settings; commands run in it as processes."""

    root: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": f"{PROJECT / 'lib'}:{PROJECT}", "CYPLINK_CONF": str(PROJECT / "conf"), "MLFLOW_DISABLE_TELEMETRY": "true"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`cyplink ...` in the background, in a process group of its own."""
        log = (self.root / "output.log").open("a")
        command = [sys.executable, "-m", "cyplink.cli", *arguments]
        return subprocess.Popen(command, cwd=self.root, env=self.environment(), stdout=log, stderr=log, text=True, start_new_session=True)

    def cyplink(self, *arguments: str, timeout: int = 900) -> str:
        """`cyplink ...` to its end; its output. Fails the test when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "cyplink.cli", *arguments], cwd=self.root, env=self.environment(),
            capture_output=True, text=True, timeout=timeout, check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def contents(self) -> dict[str, tuple[int, int]]:
        return contents(self.root / "data" / "lake")


def make_outside(root: Path, population: Path) -> Outside:
    shutil.copytree(population, root / "data" / "synthetic")
    key = root / "data" / "keys" / "pseudonym.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(KEY)
    key.chmod(0o600)
    return Outside(root)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1]) % 20000 + 20000


@contextmanager
def cluster_of(outside: Outside) -> Iterator[dict[str, str]]:
    """A standalone cluster, its state in the folder's data/standalone, that is stopped at the end; the environment in which cluster.sh knows it."""
    environment = {**outside.environment(), "CYPLINK_PORT": str(free_port()), "CYPLINK_PYTHON": sys.executable}
    subprocess.run([CLUSTER, "start"], cwd=outside.root, env=environment, check=True, timeout=180)
    try:
        yield environment
    finally:
        subprocess.run([CLUSTER, "stop"], cwd=outside.root, env=environment, check=True, timeout=60)


def submission(environment: Mapping[str, str], job: str) -> list[str]:
    """The command that submits `job`, a file of jobs, to the cluster."""
    return [CLUSTER, "submit", str(PROJECT / "jobs" / job), "--conf", environment["CYPLINK_CONF"], "--env", "standalone"]


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("population") / "synthetic"
    synthetic.generate(out, synthetic.boroughs("Brent,Kensington and Chelsea"), 0.01, 7)
    return out


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, population: Path) -> Outside:
    """A world that was run once, in peace: what every other is compared with."""
    outside = make_outside(tmp_path_factory.mktemp("undisturbed"), population)
    outside.cyplink("run")
    return outside
