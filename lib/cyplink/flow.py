"""The flow: which jobs there are, in the order that their reads and writes give, and what a run of them does."""

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from cyplink.bronze import BronzeJob
from cyplink.job import Job, Task
from cyplink.standardise import codelists
from cyplink.tables.model import Table
from cyplink.tables.silver import RETURN_ERROR, WITHHELD_RECORD

STAGES = ("bronze", "silver", "linkage", "gold", "pathfinders")
AnyJob = Job | Task | BronzeJob


class FlowError(Exception):
    """The flow cannot be put together or run as asked; the message says what to change."""


@dataclass(frozen=True)
class Step:
    """A job and where it was found: `silver.identity` is jobs/silver/identity.py."""

    name: str
    job: AnyJob
    code: str

    @property
    def stage(self) -> str:
        return self.name.split(".")[0]

    @property
    def reads(self) -> tuple[Table, ...]:
        """What the job reads; where delivered rows are settled it is also told what is wrong with them and, where they are of
        people's records, which records may not be used (settling)."""
        if isinstance(self.job, BronzeJob):
            return ()
        is_told = isinstance(self.job, Job) and self.job.writes.marked and bool(self.job.writes.slices)
        is_of_records = is_told and "record_id" in self.job.all_written[0].schema.names
        return (*self.job.reads.values(), *((RETURN_ERROR,) if is_told else ()), *((WITHHELD_RECORD,) if is_of_records else ()))

    @property
    def writes(self) -> tuple[Table, ...]:
        return tuple(self.job.writes) if isinstance(self.job, BronzeJob) else self.job.all_written


def discover(package: str = "jobs") -> list[Step]:
    """Every job under jobs/<stage>/, in the order of the data, ties by name. Raises FlowError for a cycle or a second writer."""
    steps = [
        Step(f"{stage}.{name}", module.job, _code_of(module))
        for stage in STAGES
        for name, module in _modules(f"{package}.{stage}")
    ]
    return in_order(steps)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """The steps sorted so that every table is written before it is read."""
    by_name = {step.name: step for step in steps}
    writer: dict[str, str] = {}
    for step in by_name.values():
        for table in step.writes:
            if table.name in writer and table.layer != "bronze":
                raise FlowError(f"{table.name} is written by both {writer[table.name]} and {step.name}; one job writes a table.")
            writer[table.name] = step.name
    graph = TopologicalSorter[str]()
    for name in sorted(by_name, key=_position):
        needed = {writer[t.name] for t in by_name[name].reads if t.name in writer} - {name}
        graph.add(name, *sorted(needed, key=_position))
    try:
        graph.prepare()
    except CycleError as error:
        raise FlowError(f"The jobs wait for each other in a circle: {' -> '.join(error.args[1])}.") from None
    return [by_name[name] for name in _layers(graph)]


def select(steps: Sequence[Step], first: str = "", last: str = "", only: Sequence[str] = ()) -> list[Step]:
    """The steps from `first` to `last` (stage or job names), or `only` those named. Raises FlowError for an unknown name, and when
    `last` runs before `first`."""
    known = [step.name for step in steps]
    for name in (*only, *(n for n in (first, last) if n)):
        if name not in known and name not in STAGES:
            near = get_close_matches(name, [*STAGES, *known], n=3)
            nearest = f"Nearest: {', '.join(near)}" if near else f"Stages: {', '.join(STAGES)}"
            raise FlowError(f"There is no stage or job '{name}'. {nearest}; `cyplink list` names the jobs.")
    if only:
        return [step for step in steps if step.name in only or step.stage in only]
    matches = [i for i, step in enumerate(steps) if first in ("", step.name, step.stage)]
    ends = [i for i, step in enumerate(steps) if last in ("", step.name, step.stage)]
    if ends[-1] < matches[0]:
        raise FlowError(f"There is nothing from '{first}' to '{last}': '{last}' runs first. `cyplink list` shows the order.")
    return list(steps[matches[0] : ends[-1] + 1])


def draw(steps: Sequence[Step]) -> str:
    """The flow as a mermaid picture: a box per source and per table, grouped by stage, an arrow per read."""
    box = {t.name: step.name if step.stage == "bronze" else t.name for step in steps for t in step.writes}
    lines = ["flowchart LR"]
    for stage in STAGES:
        names = sorted({box[t.name] for step in steps if step.stage == stage for t in step.writes if box[t.name].startswith(stage)})
        lines.append(f"  subgraph {stage}")
        lines.extend(f"    {name.replace('.', '_')}[{name.split('.')[1]}]" for name in names)
        lines.append("  end")
    arrows = {
        (box[read.name].replace(".", "_"), box[written.name].replace(".", "_"))
        for step in steps
        for read in (() if isinstance(step.job, BronzeJob) else step.job.reads.values())
        for written in step.writes
        if read.name in box and read.name not in {own.name for own in step.writes} and box[read.name] != box[written.name]
    }
    lines.extend(f"  {a} --> {b}" for a, b in sorted(arrows))
    return "\n".join(lines) + "\n"


def with_picture(readme: str, steps: Sequence[Step]) -> str:
    """The README with the flow picture between its `<!-- flow -->` marks as the declarations have it now."""
    before, rest = readme.split("<!-- flow -->", 1)
    _, after = rest.split("<!-- /flow -->", 1)
    return f"{before}<!-- flow -->\n```mermaid\n{draw(steps)}```\n<!-- /flow -->{after}"


@cache
def library_code() -> str:
    """Hash of the package's code and data, and of the codelists: a change of any rebuilds. The generator and the pages write no table."""
    root = Path(__file__).parent
    skipped = {"synthetic", "pages", "__pycache__"}
    files = [
        path for path in sorted(root.rglob("*"))
        if path.suffix in (".py", ".csv") and not skipped & set(path.relative_to(root).parts) and path.name != "cli.py"
    ]
    digest = hashlib.sha256()
    for path in (*files, *sorted(codelists.folder().glob("*.csv"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _modules(package: str) -> list[tuple[str, ModuleType]]:
    try:
        folder = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name not in (package, package.split(".", maxsplit=1)[0]):
            raise
        raise FlowError(f"The jobs folder is not on the path ({package} not found): run cyplink from the project's folder.") from None
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__))
    modules = [(name, importlib.import_module(f"{package}.{name}")) for name in names]
    return [(name, module) for name, module in modules if hasattr(module, "job")]


def _code_of(module: ModuleType) -> str:
    return hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()[:16]


def _position(name: str) -> tuple[int, str]:
    return STAGES.index(name.split(".", maxsplit=1)[0]), name


def _layers(graph: "TopologicalSorter[str]") -> list[str]:
    """Steps of the earliest stage first among those whose inputs are ready."""
    ordered: list[str] = []
    ready: list[str] = []
    while graph.is_active():
        ready.extend(graph.get_ready())
        ready.sort(key=_position)
        name = ready.pop(0)
        ordered.append(name)
        graph.done(name)
    return ordered
