"""One job, or the whole flow, as `spark-submit jobs/<stage>/<job>.py [--env local] [--conf conf]` runs it."""

import argparse
import sys
from pathlib import Path


def main(file: str) -> None:
    """Run the job that `file` declares (jobs/flow.py: every job) under the lake's lease.

    Ends as a command does (cli.ended) when it cannot.
    """
    stage, name = Path(file).resolve().parent.name, Path(file).stem
    is_whole = stage == "jobs"
    arguments = argparse.ArgumentParser(description="Run every job." if is_whole else f"Run {stage}.{name}.")
    arguments.add_argument("--conf", default="conf", type=Path, help="folder of the settings")
    arguments.add_argument("--env", default="local", help="which settings")
    given = arguments.parse_args()
    root = str(Path(file).resolve().parents[1 if is_whole else 2])
    if root not in sys.path:
        sys.path.insert(0, root)
    from cyplink import cli, flow
    from cyplink.settings import load

    cli.ended(lambda: cli.run_steps(load(given.conf, given.env), flow.select(flow.discover(), only=[] if is_whole else [f"{stage}.{name}"])))
