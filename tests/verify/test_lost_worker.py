"""Two workers score, one is killed in mid-scoring: the run ends well without it, with the same edges and the same people."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from cyplink import synthetic
from tests.contents import differences
from tests.verify.conftest import Outside, cluster_of, make_outside, submission

pytestmark = pytest.mark.verify
COMPUTED = 1.0
"""Processor seconds after which a task is in the middle of comparing: reading the model takes less, writing begins after more than two."""

T = TypeVar("T")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """A world whose next step is to score: some six thousand people, so that a task scores for seconds. Its copies ask its MLflow for the model."""
    out = tmp_path_factory.mktemp("larger") / "synthetic"
    synthetic.generate(out, synthetic.boroughs("Brent,Kensington and Chelsea"), 0.05, 7)
    outside = make_outside(tmp_path_factory.mktemp("trained"), out)
    outside.cyplink("run", "--to", "linkage.train_model")
    return outside


@pytest.fixture(scope="module")
def in_peace(trained: Outside, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """What the lake holds when nobody was killed."""
    outside = _copy(trained, tmp_path_factory.mktemp("in_peace"))
    outside.cyplink("run")
    return outside.contents()


def test_an_executor_is_killed_while_it_compares(trained: Outside, in_peace: dict[str, tuple[int, int]], tmp_path: Path) -> None:
    """The worker starts another executor."""

    def kill_executor(scorer: psutil.Process) -> None:
        scorer.parents()[1].kill()  # its parent is the daemon that forks Python workers
        scorer.resume()

    outside = _copy(trained, tmp_path)
    _score_and_kill(outside, _comparing, kill_executor)
    assert differences(in_peace, outside.contents()) == []


def test_a_whole_worker_is_killed_while_it_writes(trained: Outside, in_peace: dict[str, tuple[int, int]], tmp_path: Path) -> None:
    """As when a machine is lost: the other worker does both shares. What was half written stays where it lies and is no part of the table."""

    def kill_worker(scorer: psutil.Process) -> None:
        worker = scorer.parents()[2]
        for one in (worker, *worker.children(recursive=True)):  # the worker first, for it would start another executor
            one.kill()

    outside = _copy(trained, tmp_path)
    _score_and_kill(outside, _writing, kill_worker)
    (half,) = _pairs(outside).glob(".score-*")
    assert half.name not in {name for names in _commits(outside) for name in names}
    assert differences(in_peace, outside.contents()) == []


def _score_and_kill(outside: Outside, moment: Callable[[Outside, list[psutil.Process]], psutil.Process | None], kill: Callable[[psutil.Process], None]) -> None:
    """Submit the scoring; when `moment` names one of the two Python processes that score, which it holds still, see that its task has not ended, and
    `kill`. The scoring and then the rest of the flow must end well."""
    with cluster_of(outside) as environment:
        log = outside.root / "output.log"
        with log.open("w") as out:
            scoring = subprocess.Popen(submission(environment, "linkage/scored_pair.py"), cwd=outside.root, env=environment, stdout=out, stderr=out)
        try:
            scorer = _awaited(scoring, partial(moment, outside, _awaited(scoring, partial(_two_scorers, outside))))
            assert len(list(_pairs(outside).glob("score-*"))) < 2, "both tasks had ended"
            kill(scorer)
            assert scoring.wait(600) == 0, log.read_text(encoding="utf-8")[-3000:]
        finally:
            scoring.kill()
        shares = [[name for name in names if name.startswith("score-")] for names in _commits(outside)]
        assert [len(names) for names in shares if names] == [2], "one commit has both shares"
        rest = subprocess.run(submission(environment, "flow.py"), cwd=outside.root, env=environment, capture_output=True, text=True, timeout=900, check=False)
        assert rest.returncode == 0, rest.stdout[-3000:] + rest.stderr[-3000:]


def _awaited(running: subprocess.Popen[bytes], look: Callable[[], T | None]) -> T:
    """What `look` finds, while the process runs."""
    deadline = time.monotonic() + 300
    while (found := look()) is None:
        assert running.poll() is None and time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.0005)
    return found


def _two_scorers(outside: Outside) -> list[psutil.Process] | None:
    """The Python processes of the two workers' executors that have DuckDB loaded: in a submission that scores only, those that score."""
    workers = [psutil.Process(int((outside.root / "data" / "standalone" / f"worker{n}.pid").read_text(encoding="ascii"))) for n in (1, 2)]
    scorers = [one for worker in workers for one in worker.children(recursive=True) if _has_duckdb(one)]
    return scorers if len(scorers) == 2 else None


def _has_duckdb(process: psutil.Process) -> bool:
    try:
        return any("duckdb" in loaded.path for loaded in process.memory_maps())
    except psutil.Error:  # it ended while it was looked at
        return False


def _comparing(outside: Outside, scorers: list[psutil.Process]) -> psutil.Process | None:
    """The first, when it has computed for a while and nobody has written anything."""
    used = scorers[0].cpu_times()
    if used.user + used.system < COMPUTED:
        return None
    scorers[0].suspend()
    assert not list(_pairs(outside).glob("*score-*")), "a task had written already"
    return scorers[0]


def _writing(outside: Outside, scorers: list[psutil.Process]) -> psutil.Process | None:
    """One that has a file of edges open that is not whole yet."""
    if not list(_pairs(outside).glob(".score-*")):
        return None
    for scorer in scorers:
        scorer.suspend()
        if any(Path(file.path).name.startswith(".score-") for file in scorer.open_files()):
            return scorer
        scorer.resume()
    return None


def _copy(outside: Outside, folder: Path) -> Outside:
    shutil.copytree(outside.root, folder, dirs_exist_ok=True)
    return Outside(folder)


def _pairs(outside: Outside) -> Path:
    return outside.root / "data" / "lake" / "identifiable" / "linkage" / "scored_pair"


def _commits(outside: Outside) -> list[list[str]]:
    """Names of the files that each commit of linkage.scored_pair adds."""
    logs = sorted((_pairs(outside) / "_delta_log").glob("*.json"))
    said = [[json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] for log in logs]
    return [[action["add"]["path"] for action in actions if "add" in action] for actions in said]
