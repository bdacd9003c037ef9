"""A run: every step in order, skipped when nothing it depends on changed, and the manifest written last."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from cyplink.balance import Balance, balance
from cyplink.bronze import KIND_OF, BronzeJob, LandingReport, current_files, files_read
from cyplink.build import build_slices, build_whole
from cyplink.delivery import strays
from cyplink.flow import Step, library_code
from cyplink.job import Job, Outcome, Task, TaskContext, fingerprint
from cyplink.lake import Lake, Pin, check_slice_value, masked, write_json
from cyplink.pseudonym import Pseudonyms
from cyplink.runs import Manifest, code_commit, manifests, now, read_manifest, write_manifest
from cyplink.settings import Settings
from cyplink.tables import gold
from cyplink.tables.model import Table
from cyplink.tables.silver import RETURN_ERROR, WITHHELD_RECORD
from cyplink.tracking import champion_of, log_linkage

Progress = Callable[[str, str], None]
STEPS_AT_ONCE = 3
"""Small tables keep one core waiting for commits and plans; three steps at a time keep two busy. Large ones share the cluster."""



@dataclass(frozen=True)
class StepReport:
    """What became of a step: `done` (something changed), `unchanged` (ran, nothing to do) or `skipped`."""

    name: str
    state: str
    seconds: float
    rows: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class RunReport:
    """A finished run. `manifest` is None when nothing changed since the last one."""

    run_id: str
    steps: list[StepReport] = field(default_factory=list)
    landings: list[LandingReport] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    balance: Balance | None = None
    manifest: Manifest | None = None
    seconds: float = 0.0


class Runner:
    """Runs steps on one lake under one run id. Nothing in it knows a particular job."""

    def __init__(
        self,
        settings: Settings,
        spark: SparkSession | Callable[[], SparkSession],
        pseudonyms: Pseudonyms,
        run_id: str,
        controllers: Sequence[str] = (),
        options: frozenset[str] = frozenset(),
    ) -> None:
        self.settings = settings
        self.lake = Lake(settings.zones.roots(), spark)
        self.pseudonyms = pseudonyms
        self.run_id = run_id
        self.controllers = tuple(controllers)
        self.options = options
        self.commit = code_commit()
        self.report = RunReport(run_id)
        self._versions: dict[str, int | None] = {}

    def run(self, steps: Sequence[Step], progress: Progress) -> RunReport:
        """Run `steps`, each after those it reads from, a few at a time, first those that most others wait for; check the
        balance; write the manifest last.

        The first failure stops the start of further steps; those that run are waited for, then it is raised.
        """
        started = time.monotonic()
        waits = _waits_for(steps)
        done: dict[str, StepReport] = {}
        with ThreadPoolExecutor(STEPS_AT_ONCE) as pool:
            running: dict[Future[StepReport], str] = {}
            waiting = sorted(steps, key=lambda step: -_followers(step.name, waits))
            while waiting or running:
                ready = [step for step in waiting if waits[step.name] <= set(done)][: STEPS_AT_ONCE - len(running)]
                for step in ready:
                    waiting.remove(step)
                    running[pool.submit(self._reported, step, progress)] = step.name
                for finished in wait(running, return_when=FIRST_COMPLETED).done:
                    done[running.pop(finished)] = finished.result()
        self.report.steps = [done[step.name] for step in steps]
        self.report.strays = strays(Path(self.settings.zones.landing)) if self.report.landings else []
        self.report.balance = balance(self.lake)
        self.report.balance.check()
        self.report.manifest = self._write_manifest(steps)
        self._log_linkage(steps)
        self.report.seconds = time.monotonic() - started
        return self.report

    def _reported(self, step: Step, progress: Progress) -> StepReport:
        progress(step.name, "starts")
        began = time.monotonic()
        state, outcome = self._run_step(step)
        progress(step.name, state)
        return StepReport(step.name, state, time.monotonic() - began, outcome.rows, outcome.figures)

    def _run_step(self, step: Step) -> tuple[str, Outcome]:
        metadata = {"run_id": self.run_id, "job": step.name, "code": self.commit}
        if isinstance(step.job, BronzeJob):
            with masked(step.name):
                landed = step.job.run(self.lake, Path(self.settings.zones.landing), metadata, self.controllers)
            self.report.landings.append(landed)
            self._forget(step)
            return ("done" if landed.changed else "unchanged"), Outcome(landed.changed)
        needed = self._fingerprint(step)
        journal = self._journal(step)
        asked = step.name in self.options
        if not asked and journal.get("fingerprint") == needed and journal.get("written") == self._written(step):
            return "skipped", Outcome(False)
        with masked(step.name):
            outcome = self._execute(step, metadata)
        self._forget(step)
        # Anew: a training makes the champion that its fingerprint names.
        content = {"fingerprint": self._fingerprint(step), "written": self._written(step), "figures": dict(outcome.figures)}
        write_json(str(self._journal_path(step)), content)
        return ("done" if outcome.changed else "unchanged"), outcome

    def _execute(self, step: Step, metadata: Mapping[str, Any]) -> Outcome:
        job = step.job
        if isinstance(job, Task):
            return job.run(
                TaskContext(
                    self.lake, {name: self._pin(table) for name, table in job.reads.items()},
                    self.settings, self.pseudonyms, {**metadata, "fingerprint": self._fingerprint(step)}, self.options,
                    self._changed_slices(step, job.writes[0]) if job.writes[0].slices else {},
                )
            )
        assert isinstance(job, Job)
        if not job.writes.slices:
            return build_whole(job, self.lake, self._inputs(job), metadata)
        changed = self._changed_slices(step, job.writes)
        if not changed:
            return Outcome(False)
        errors = self._pin(RETURN_ERROR) if RETURN_ERROR in step.reads else None
        withheld = self._pin(WITHHELD_RECORD) if WITHHELD_RECORD in step.reads else None
        return build_slices(job, self.lake, self._inputs(job), changed, metadata, errors, withheld)

    def _inputs(self, job: Job) -> dict[str, Any]:
        pins = {name: self._pin(table) for name, table in job.reads.items()}
        inputs: dict[str, Any] = {
            name: files_read(self.lake, table, pins[name]) if job.selects else self.lake.read(table, pins[name].version) for name, table in job.reads.items()
        }
        inputs |= {name: self.settings.section(name) for name in job.uses}
        if job.uses_key:
            inputs["pseudonyms"] = self.pseudonyms
        return inputs

    def _changed_slices(self, step: Step, table: Table) -> dict[str, str]:
        """Fingerprint of every slice (`source/controller`) that differs from what the table's last commit states."""
        kinds = {(KIND_OF[t.name].source, KIND_OF[t.name].name) for t in step.reads if t.name in KIND_OF}
        common = self._common(step)
        checked = self.lake.commit_info(RETURN_ERROR).get("slices", {}) if RETURN_ERROR in step.reads else {}
        wanted: dict[str, list[tuple[str, str, str]]] = {}
        for file in current_files(self.lake):
            if (file["source"], file["file_kind"]) in kinds:
                name = f"{check_slice_value(file['source'])}/{check_slice_value(file['controller'])}"
                wanted.setdefault(name, []).append((file["period"], file["file_kind"], file["delivery_id"]))
        prints = {
            name: fingerprint(sorted(files), common, checked.get(name, {}).get("fingerprint")) for name, files in sorted(wanted.items())
        }
        stated = self.lake.commit_info(table).get("slices", {})
        gone = {name: "gone" for name in stated if name not in prints and stated[name]["fingerprint"] != "gone"}
        return {n: p for n, p in prints.items() if stated.get(n, {}).get("fingerprint") != p} | gone

    def _common(self, step: Step) -> list[Any]:
        """What every row of the step's output depends on besides deliveries: code, settings, key, other tables."""
        job = step.job
        assert isinstance(job, Job | Task)
        # What was found wrong with a return is looked at slice by slice.
        own = {*(table.name for table in step.writes), RETURN_ERROR.name}
        # Pinned, so that a table nobody has written yet is made now and does not look changed in the next run.
        versions = {t.name: self._pin(t).version for t in step.reads if t.name not in own and t.name not in KIND_OF}
        sections = {name: _plain(self.settings.section(name)) for name in job.uses}
        truth = self._truth_stamp() if isinstance(job, Task) and job.reads_truth else None
        champion = self._champion() if isinstance(job, Task) and job.uses_champion else None
        return [step.code, library_code(), sections, versions, self.pseudonyms.key_id, truth, champion]

    def _champion(self) -> int | None:
        """The champion's version. Looked up without MLflow's own client where the store is a file: that takes seconds to import."""
        return champion_of(self.settings.tracking)

    def _fingerprint(self, step: Step) -> str:
        kinds = [t for t in step.reads if t.name in KIND_OF or t == RETURN_ERROR]
        return fingerprint(self._common(step), {t.name: self._pin(t).version for t in kinds})

    def _truth_stamp(self) -> str | None:
        if not self.settings.truth:
            return None
        stated = Path(self.settings.truth).parent / "synthetic.json"
        return stated.read_text(encoding="utf-8") if stated.exists() else str(Path(self.settings.truth))

    def _journal_path(self, step: Step) -> Path:
        return Path(self.settings.zones.identifiable) / "_runs" / "steps" / f"{step.name}.json"

    def _journal(self, step: Step) -> dict[str, Any]:
        """What the step said when it was last done; nothing where it never was, or its file is damaged: it is done again."""
        path = self._journal_path(step)
        try:
            return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
        except (ValueError, TypeError):
            return {}

    def _written(self, step: Step) -> dict[str, int | None]:
        return {table.name: self._version(table) for table in step.writes}

    def _version(self, table: Table) -> int | None:
        if table.name not in self._versions:
            self._versions[table.name] = self.lake.version(table)
        return self._versions[table.name]

    def _pin(self, table: Table) -> Pin:
        pin = self.lake.pin(table, self._version(table))
        self._versions[table.name] = pin.version
        return pin

    def _forget(self, step: Step) -> None:
        for table in step.writes:
            self._versions.pop(table.name, None)

    def _log_linkage(self, steps: Sequence[Step]) -> None:
        """Tell MLflow what the linkage of this run came to, if it did any: versions in, counts, and how good for whom."""
        states = {step.name: step.state for step in self.report.steps}
        if not any(name.startswith("linkage.") and state == "done" for name, state in states.items()):
            return
        figures = {step.name: self._journal(step).get("figures", {}) for step in steps if step.stage == "linkage"}
        versions = {table.name: self._version(table) for step in steps if step.stage == "linkage" for table in step.reads}
        judged = (gold.LINKAGE_QUALITY, gold.LINKAGE_WEIGHT, gold.LINKAGE_GOAL, gold.LINKAGE_CHECK)
        quality, weights, goals, checks = (self.lake.read_arrow(table).to_pylist() if states.get(table.name) else [] for table in judged)
        log_linkage(self.settings.tracking, self.run_id, versions, figures, quality, weights, goals, checks)

    def _write_manifest(self, steps: Sequence[Step]) -> Manifest | None:
        """The manifest, unless the last one already says the same of every table."""
        tables = {
            table.name: {
                "version": self._version(table),
                "rows": self.lake.rows(table),
                "zone": table.zone.value,
                "inputs": {read.name: self._version(read) for read in step.reads},
                "job": step.name,
            }
            for step in steps
            for table in step.writes
            if self._version(table) is not None
        }
        root = self.settings.zones.identifiable
        earlier = manifests(root)
        last = read_manifest(root, earlier[-1]).content if earlier else {}
        before = dict(last.get("tables", {}))
        if before == {**before, **tables}:
            return None
        figures = {step.name: self._journal(step).get("figures", {}) for step in steps}
        content = {
            "run_id": self.run_id,
            "finished_at": now(),
            "code": self.commit,
            "settings": fingerprint(_plain(self.settings)),
            "model_version": figures.get("linkage.scored_pair", {}).get("model_version") or last.get("model_version"),
            "churn": figures.get("linkage.person_event", {}).get("churn"),
            "synthetic": self.settings.truth is not None,
            "tables": {**before, **tables},
            "balance": self.report.balance.as_json() if self.report.balance else [],
            "withheld_for": self.report.balance.withheld_for if self.report.balance else [],
        }
        manifest = Manifest(self.run_id, content)
        write_manifest(self.settings.zones.roots(), manifest)
        return manifest


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _followers(name: str, waits: Mapping[str, set[str]]) -> int:
    """How many steps wait for this one, directly or through others."""
    found: set[str] = set()
    fresh = {name}
    while fresh:
        fresh = {other for other, needed in waits.items() if needed & fresh} - found
        found |= fresh
    return len(found)


def _waits_for(steps: Sequence[Step]) -> dict[str, set[str]]:
    """For each step the names of those it must wait for: writers of what it reads; bronze steps share registries and go in turn."""
    writer = {table.name: step.name for step in steps for table in step.writes}
    waits = {step.name: {writer[t.name] for t in step.reads if t.name in writer} - {step.name} for step in steps}
    bronze = [step.name for step in steps if step.stage == "bronze"]
    for before, after in pairwise(bronze):
        waits[after].add(before)
    return waits
