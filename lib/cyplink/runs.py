"""Runs of a lake: the lease that keeps them apart, the manifest that pins one, the pointer that publishes one.

There is no commit over several tables in Delta: the manifest, written last, is the commit (DESIGN §3.3).
"""

import errno
import fcntl
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from cyplink.lake import open_dataset, write_json
from cyplink.tables.model import Zone


class RunError(Exception):
    """A run cannot start, be found or be published; the message says who or what stands in the way."""


@contextmanager
def lease(root: str, run_id: str) -> Iterator[None]:
    """One run at a time per lake. The lock dies with its holder, so a killed run leaves none behind.

    Raises RunError naming the holder (host, process, run, since when).
    """
    path = Path(root) / "_runs" / "lease"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            held.seek(0)
            raise RunError(f"Another run holds this lake: {held.read().strip() or 'it has not said who it is yet'}. Wait for it to end, or stop that process.") from None
        held.seek(0)
        held.truncate()
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        held.write(f"run {run_id}, process {os.getpid()} on {socket.gethostname()}, since {since} UTC\n")
        held.flush()
        try:
            yield
        finally:
            held.seek(0)
            held.truncate()


@dataclass(frozen=True)
class Manifest:
    """What a run left: for each table its version, rows, and what its commit stated; the code, the settings, the model."""

    run_id: str
    content: Mapping[str, Any]

    @property
    def tables(self) -> Mapping[str, Any]:
        return dict(self.content["tables"])


def new_run_id() -> str:
    """Sorts by time of start; two within a second differ by process."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()) + f"-{os.getpid() % 65536:04x}"


def write_manifest(roots: Mapping[Zone, str], manifest: Manifest) -> Path:
    """The whole manifest into the identifiable zone, and the research tables' part of it into the research zone."""
    research = {name: entry for name, entry in manifest.tables.items() if entry["zone"] == Zone.RESEARCH.value}
    public = {key: manifest.content[key] for key in ("run_id", "finished_at", "code", "model_version", "synthetic")}
    write_json(str(_folder(roots[Zone.RESEARCH]) / f"{manifest.run_id}.json"), {**public, "tables": research})
    path = _folder(roots[Zone.IDENTIFIABLE]) / f"{manifest.run_id}.json"
    write_json(str(path), manifest.content)
    return path


def manifests(root: str) -> list[str]:
    """Run ids that have a manifest under a zone's root, oldest first."""
    return sorted(path.stem for path in _folder(root).glob("*.json"))


def read_manifest(root: str, run_id: str) -> Manifest:
    """Raises RunError when there is no such run, or its manifest is damaged."""
    path = _folder(root) / f"{run_id}.json"
    if not path.exists():
        known = manifests(root)
        raise RunError(f"There is no finished run {run_id}. Finished runs: {', '.join(known[-5:]) or 'none'}.")
    try:
        manifest = Manifest(run_id, dict(json.loads(path.read_text(encoding="utf-8"))))
        whole = manifest.content["run_id"] == run_id and all({"version", "zone"} <= entry.keys() for entry in manifest.content["tables"].values())
    except (ValueError, TypeError, KeyError, AttributeError):
        whole = False
    if not whole:
        raise RunError(f"{path} is damaged. Publish another run (`cyplink runs` lists them), or restore the file.")
    return manifest


def publish(roots: Mapping[Zone, str], run_id: str, largest_churn: float, override: str = "") -> None:
    """Move the pointer that readers resolve tables through to `run_id`, in one rename.

    Raises RunError when, since the run that is published, more records changed person than the policy allows, or the pointer that says
    which is published is damaged, and no override (a reason) is given.
    """
    manifest = read_manifest(roots[Zone.IDENTIFIABLE], run_id)
    churn = 0.0 if override else churn_since(roots, published(roots[Zone.RESEARCH]), manifest)
    if churn > largest_churn:
        raise RunError(
            f"Of the records in what is published now, {churn:.1%} have another person id in run {run_id}; the policy allows {largest_churn:.1%}. "
            "Look at linkage.person_event, then publish with --override 'reason', which is recorded."
        )
    pointer = {"run_id": run_id, "override": override or None, "published_at": now()}
    write_json(str(Path(roots[Zone.RESEARCH]) / "_published.json"), pointer)


def churn_since(roots: Mapping[Zone, str], before: str | None, manifest: Manifest) -> float:
    """Share of the records that linkage.person_link had in the run `before` which have another person, or none, in the other run."""
    link = "linkage.person_link"
    # Going back to an earlier run undoes what it changed: nothing to ask.
    if before is None or manifest.run_id <= before or before not in manifests(roots[Zone.IDENTIFIABLE]):
        return 0.0
    old, new = read_manifest(roots[Zone.IDENTIFIABLE], before).tables.get(link), manifest.tables.get(link)
    if old is None or new is None or old["version"] == new["version"]:
        return 0.0
    path = f"{roots[Zone.IDENTIFIABLE].rstrip('/')}/{link.replace('.', '/')}"
    had, has = (open_dataset(path, entry["version"]).to_table(columns=["record_id", "person_id"]) for entry in (old, new))
    joined = had.join(has, "record_id", join_type="left outer", right_suffix="_now")
    same = pc.sum(pc.equal(joined["person_id"], joined["person_id_now"])).as_py() or 0
    return 1 - same / joined.num_rows if joined.num_rows else 0.0


def published(root: str) -> str | None:
    """The published run of a research zone, or None."""
    path = Path(root) / "_published.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["run_id"]) if path.exists() else None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise RunError(
            f"{path} is damaged, so that what changed since the run it named cannot be told. `cyplink publish --override 'reason'` publishes "
            f"the last run all the same and records why; add --run for another of: {', '.join(manifests(root)[-5:])}."
        ) from None


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def code_commit() -> str:
    """The git commit of the code, with `+` when the work tree differs; `unknown` outside a checkout."""
    here = Path(__file__).resolve().parents[2]
    try:
        commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _folder(root: str) -> Path:
    return Path(root) / "_runs"
