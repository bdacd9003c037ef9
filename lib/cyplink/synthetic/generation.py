"""Makes the synthetic London: deliveries under `<out>/landing`, the truth beside them, and a note of what was asked for."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cyplink.synthetic import comparison_page, first_period, objections, second_period, support, volumes
from cyplink.synthetic.calibration import CALIBRATION, HERE, ethnic_groups, load
from cyplink.synthetic.care import YEAR_ENDS, in_care
from cyplink.synthetic.comparison import compare
from cyplink.synthetic.streams import Flags
from cyplink.synthetic.suppliers import Task, write_all
from cyplink.synthetic.truth import write_records
from cyplink.synthetic.world import World, make_world

YEARS = len(YEAR_ENDS) - 1  # that the world knows of


@dataclass
class GenerationSummary:
    """What was made: people, deliveries, rows by source/file, planted troubles, looked-after stock by (LA, year), seconds."""

    out: Path
    unchanged: bool = False
    people: int = 0
    looked_after: int = 0
    deliveries: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    planted: dict[str, int] = field(default_factory=dict)
    looked_after_on_31_march: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Asked:
    """What population: DfE LA numbers, share of the children not looked after, seed, error factor, years of deliveries, and whether the quarter after them is delivered
    too."""

    boroughs: list[str]
    sample: float
    seed: int
    errors: float = 1.0
    years: int = YEARS
    second_period: bool = False

    def checked(self) -> "Asked":
        """Itself; raises ValueError where a figure is out of its range."""
        if not 0 < self.sample <= 1:
            raise ValueError("sample must be above 0 and at most 1: the share of children who are not looked after.")
        if not 0 <= self.errors <= 10:
            raise ValueError("errors must be from 0 to 10: what the error rates are multiplied by.")
        if not 1 <= self.years <= YEARS:
            raise ValueError(f"years must be from 1 to {YEARS}: how many years, up to March 2026, are delivered.")
        return self


def generate(
    out: Path, boroughs: Sequence[str], sample: float, seed: int, progress: Callable[[str], None] | None = None,
    errors: float = 1.0, years: int = YEARS, with_second_period: bool = False,
) -> GenerationSummary:  # fmt: skip
    """Writes landing deliveries and truth for the boroughs (DfE LA numbers) under `out`.

    `sample` is the share of children who are not looked after, `errors` multiplies all error rates of names, birth dates and
    addresses, `years` counts the years of deliveries up to March 2026. `with_second_period` adds what the same suppliers send from
    April to June 2026, corrected returns among it; the files of before stay as they are to the byte, the truth is that of June.
    With the same arguments and intact output nothing is written (`unchanged`). Raises ValueError for a figure outside its range, FileExistsError where `out` holds something else.
    """
    asked = Asked(sorted(boroughs), sample, seed, errors, years, with_second_period).checked()
    kept = _kept(out, _said(asked))
    if kept is not None:
        return kept
    began = time.monotonic()
    building = out.with_name(f"{out.name}.being-made")
    shutil.rmtree(building, ignore_errors=True)
    (building / "truth").mkdir(parents=True)
    summary = _make(building, asked, progress or (lambda _: None))
    summary.seconds = round(time.monotonic() - began, 1)
    summary.out = out
    _note(building, _said(asked), summary)
    if out.exists():
        shutil.rmtree(out)
    building.rename(out)
    return summary


def _said(asked: Asked) -> dict[str, object]:
    return asdict(asked) | {"generator": generator_version()}


@cache
def generator_version() -> str:
    """Hash of this package's code and data: another version makes another population."""
    digest = hashlib.sha256()
    for path in sorted(
        [*HERE.rglob("*.py"), *HERE.rglob("*.csv"), *HERE.rglob("*.txt"), *CALIBRATION.glob("*.csv")],
        key=lambda p: p.name,
    ):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _kept(out: Path, asked: dict[str, object]) -> GenerationSummary | None:
    """The summary of what is there if it is what was asked for and no manifest is missing; None if it must be made."""
    note = out / "synthetic.json"
    if not out.exists() or not any(out.iterdir()):
        return None
    if not note.is_file():
        raise FileExistsError(
            "The output folder holds files that are not a synthetic population. Choose another folder."
        )
    made = json.loads(note.read_text(encoding="utf-8"))
    if made["asked"] != asked or _fingerprint(out) != made["fingerprint"]:
        return None
    return GenerationSummary(out=out, unchanged=True, **made["summary"])


def _fingerprint(out: Path) -> str:
    """Hash over every file's path and size, and every manifest's content."""
    digest = hashlib.sha256()
    for path in sorted(p for folder in ("landing", "truth") for p in (out / folder).rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(out).as_posix()}|{path.stat().st_size}".encode())
        if path.name == "manifest.json":
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _note(building: Path, asked: dict[str, object], summary: GenerationSummary) -> None:
    kept = ("people", "looked_after", "deliveries", "rows", "planted", "looked_after_on_31_march")
    content = {
        "asked": asked, "fingerprint": _fingerprint(building), "summary": {name: getattr(summary, name) for name in kept},
    }  # fmt: skip
    (building / "synthetic.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def _make(building: Path, asked: Asked, progress: Callable[[str], None]) -> GenerationSummary:
    progress("families, homes and care")
    world = make_world(load(asked.boroughs), asked.sample, asked.seed, asked.errors)
    known = first_period.known_of(world)
    suppliers, now, has_opted_out = first_period.suppliers(known), world, objections.opted_out(world)
    if asked.second_period:
        of = second_period.quarter(known, asked.errors)
        suppliers += second_period.suppliers(of)
        now, has_opted_out = of.then.after, of.has_opted_out
        second_period.write_what_happened(building / "truth" / "second_period.parquet", of)
    las = world.las
    odd = (las[0], las[1 % len(las)], las[2 % len(las)])
    task = Task(suppliers, building / "landing", asked.seed, odd, asked.years, now.people["weight"].to_numpy(dtype=float))
    written, records = write_all(task, len(world.people), progress)
    progress("truth")
    write_records(building / "truth" / "record.parquet", records)
    comparison_page.write(
        building, compare(world, known.care, written.measured), written.rows, len(world.people),
        volumes.of_london(written.tally, world.las), volumes.beside_published(written.tally, world, records),
    )  # fmt: skip
    _write_people(building / "truth" / "person.parquet", now, known.care.had_contact, has_opted_out)
    effects = json.dumps(support.as_truth(world.people), indent=1) + "\n"
    (building / "truth" / "effects.json").write_text(effects, encoding="utf-8", newline="\n")
    cared = world.people["is_looked_after"].to_numpy()
    return GenerationSummary(
        out=building, people=len(now.people), looked_after=int(cared.sum()), deliveries=written.deliveries,
        rows=dict(sorted(written.rows.items())), planted=dict(sorted(written.planted.items())),
        looked_after_on_31_march=_stock(world),
    )  # fmt: skip


def _stock(world: World) -> dict[str, dict[str, int]]:
    """Looked-after children on each 31 March by responsible authority."""
    people = len(world.people)
    return {
        la: {str(year): int(in_care(world.spells_of[la], people, on).sum()) for year, on in YEAR_ENDS.items()}
        for la in world.las
    }


def _write_people(path: Path, world: World, had_contact: Flags, has_opted_out: Flags) -> None:
    """person.parquet: the truth about everyone, one row per identity (`former_person_id`: the one before adoption). `had_contact`: with mental-health services in the year to March 2026; those born since had none."""
    people = world.people
    had_contact = np.append(had_contact, np.zeros(len(people) - len(had_contact), dtype=bool))
    codes = ethnic_groups()["ethnic"].to_numpy(dtype=object)[people["ethnic"].to_numpy()]
    multiple = people["multiple"].to_numpy()
    columns = {
        "truth_person_id": pa.array(people.index.to_numpy() + 1, pa.int64()), "sampling_weight": pa.array(people["weight"], pa.float64()),
        "borough": pa.array(people["la"], pa.string()), "ethnic_group": pa.array(codes, pa.string()),
        "sex": pa.array(people["sex"], pa.string()),
        "date_of_birth": pa.array(people["dob"].to_numpy().astype(np.int32), pa.int32()).cast(pa.date32()),
        "imd_quintile": pa.array(people["imd"], pa.int32()), "is_looked_after": pa.array(people["is_looked_after"], pa.bool_()),
        "responsible_la": pa.array([la or None for la in people["responsible_la"]], pa.string()),
        "is_unaccompanied": pa.array(people["is_uasc"].astype(bool), pa.bool_()),
        "multiple_birth_id": pa.array(multiple, pa.int64(), mask=multiple < 0),
        "mother_id": pa.array(people["mother_number"] + len(people) + 1, pa.int64(), mask=people["is_uasc"].to_numpy(dtype=bool)),
        "former_person_id": pa.array(people["former_number"] + 1, pa.int64(), mask=(people["former_number"] < 0).to_numpy()),
        "is_withheld": pa.array(people["is_withheld"], pa.bool_()), "has_opted_out": pa.array(has_opted_out, pa.bool_()),
        "had_mental_health_contact": pa.array(had_contact, pa.bool_()), "need": pa.array(people["need"], pa.float64()),
        "was_supported": pa.array(people["is_supported"].astype(bool), pa.bool_()),
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
