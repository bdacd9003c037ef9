"""The same flow on a standalone cluster of two workers: equal tables."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contents import differences
from tests.verify.conftest import CLUSTER, Outside, cluster_of, free_port, make_outside, submission

pytestmark = pytest.mark.verify
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


@pytest.fixture
def cluster(tmp_path: Path, population: Path) -> Iterator[tuple[Outside, dict[str, str]]]:
    outside = make_outside(tmp_path, population)
    with cluster_of(outside) as environment:
        yield outside, environment


def test_the_cluster_makes_the_same_tables(cluster: tuple[Outside, dict[str, str]], undisturbed: Outside) -> None:
    outside, environment = cluster
    done = subprocess.run(
        submission(environment, "flow.py"), cwd=outside.root, env=environment, capture_output=True, text=True, timeout=1500, check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert differences(undisturbed.contents(), outside.contents()) == []
    used = [n for n in (1, 2) if list((outside.root / "data" / "standalone" / f"work{n}").glob("app-*/*/stderr"))]
    assert used == [1, 2], "a worker had nothing to do"


def test_a_single_job_can_be_submitted(cluster: tuple[Outside, dict[str, str]]) -> None:
    outside, environment = cluster
    done = subprocess.run(
        submission(environment, "bronze/ssda903.py"), cwd=outside.root, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert any(name == "bronze/ssda903_episodes" and rows for name, (rows, _) in outside.contents().items())


def test_an_interrupted_start_leaves_nothing_running(tmp_path: Path) -> None:
    state = tmp_path / "standalone"
    environment = {**os.environ, "CYPLINK_CLUSTER": str(state), "CYPLINK_PORT": str(free_port()), "CYPLINK_PYTHON": sys.executable}
    names = ["master", "worker1", "worker2"]
    starting = subprocess.Popen([CLUSTER, "start"], cwd=tmp_path, env=environment, start_new_session=True)
    pids: list[int] = []
    try:
        _wait_until(lambda: all((state / f"{name}.pid").exists() for name in names))
        pids = [int((state / f"{name}.pid").read_text(encoding="ascii")) for name in names]
        os.killpg(starting.pid, signal.SIGINT)
        assert starting.wait(60) == 130
        _wait_until(lambda: not any(_is_running(pid) for pid in pids))
        assert not [pid for pid in pids if _is_running(pid)]
    finally:
        for pid in (starting.pid, *pids):
            if _is_running(pid):
                os.kill(pid, signal.SIGKILL)


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)


def _is_running(pid: int) -> bool:
    stated = Path(f"/proc/{pid}/stat")
    return stated.exists() and stated.read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()[0] != "Z"


def test_the_web_pages_listen_on_loopback_only(cluster: tuple[Outside, dict[str, str]]) -> None:
    listening = [line.split() for version in ("tcp", "tcp6") for line in Path(f"/proc/net/{version}").read_text(encoding="ascii").splitlines()[1:]]
    first = int(cluster[1]["CYPLINK_PORT"])
    ports = {first, first + 21, first + 22, *(first + 11003 + n for n in range(3))}
    hosts = {(int(row[1].split(":")[1], 16), row[1].split(":")[0]) for row in listening if row[3] == "0A" and int(row[1].split(":")[1], 16) in ports}
    assert {port for port, _ in hosts} == ports, "master, workers and their pages all listen"
    assert {host for _, host in hosts} <= LOOPBACK
