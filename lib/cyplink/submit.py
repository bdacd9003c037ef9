"""One job, or the whole flow, as `spark-submit jobs/<stage>/<job>.py [--env local] [--conf conf]` runs it."""

import argparse
import sys
from pathlib import Path


def main(file: str) -> None:
    """Run the job that `file` declares (jobs/flow.py: every job) under the lake's lease.

    Ends with exit code 1 and a sentence on stderr when it cannot.
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

    cli.quiet()
    try:
        cli.run_steps(load(given.conf, given.env), flow.select(flow.discover(), only=[] if is_whole else [f"{stage}.{name}"]))
    except cli.known_errors() as error:
        sys.stderr.write(f"cyplink: {cli.said(error)}\n")
        sys.exit(1)
