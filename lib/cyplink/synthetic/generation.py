"""Makes the synthetic London: deliveries under `<out>/landing`, the truth beside them, and a note of what was asked for."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cyplink.synthetic import (
    annex_a_return,
    attainment_files,
    birth_notifications,
    children_in_need_return,
    community_return,
    comparison_page,
    hospital_return,
    looked_after_return,
    mental_health_return,
    objections,
    primary_care_list,
    registrations,
    school_census,
    social_care,
    support,
    volumes,
)
from cyplink.synthetic.calibration import CALIBRATION, HERE, ethnic_groups, load
from cyplink.synthetic.care import YEAR_ENDS, in_care
from cyplink.synthetic.comparison import compare
from cyplink.synthetic.hospitals import Hospitals, hospitals
from cyplink.synthetic.mental_health import Care, mental_health
from cyplink.synthetic.school_terms import CENSUSES
from cyplink.synthetic.streams import Flags
from cyplink.synthetic.suppliers import Supplier, Task, write_all
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
    """What population: DfE LA numbers, share of the children not looked after, seed, error factor, years of deliveries."""

    boroughs: list[str]
    sample: float
    seed: int
    errors: float = 1.0
    years: int = YEARS

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
    errors: float = 1.0, years: int = YEARS,
) -> GenerationSummary:  # fmt: skip
    """Writes landing deliveries and truth for the boroughs (DfE LA numbers) under `out`.

    `sample` is the share of children who are not looked after, `errors` multiplies all error rates of names, birth dates and
    addresses, `years` counts the years of deliveries up to March 2026. With the same arguments and intact output nothing is
    written (`unchanged`). Raises ValueError for a figure outside its range, FileExistsError where `out` holds something else.
    """
    asked = Asked(sorted(boroughs), sample, seed, errors, years).checked()
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
    care = mental_health(world)
    las = world.las
    odd = (las[0], las[1 % len(las)], las[2 % len(las)])
    task = Task(_suppliers(world, care), building / "landing", asked.seed, odd, asked.years, world.people["weight"].to_numpy(dtype=float))
    written, records = write_all(task, len(world.people), progress)
    progress("truth")
    write_records(building / "truth" / "record.parquet", records)
    comparison_page.write(
        building, compare(world, care, written.measured), written.rows, len(world.people),
        volumes.of_london(written.tally, world.las), volumes.beside_published(written.tally, world, records),
    )  # fmt: skip
    _write_people(building / "truth" / "person.parquet", world, care)
    effects = json.dumps(support.as_truth(world.people), indent=1) + "\n"
    (building / "truth" / "effects.json").write_text(effects, encoding="utf-8", newline="\n")
    cared = world.people["is_looked_after"].to_numpy()
    return GenerationSummary(
        out=building, people=len(world.people), looked_after=int(cared.sum()), deliveries=written.deliveries,
        rows=dict(sorted(written.rows.items())), planted=dict(sorted(written.planted.items())),
        looked_after_on_31_march=_stock(world),
    )  # fmt: skip


def _suppliers(world: World, care: Care) -> list[Supplier]:
    """Everybody who delivers, those with most to write first: of many people, two of them are written at a time.

    What several of them draw on is made here, once.
    """
    records = social_care.register(world)
    in_need = social_care.in_need(records, len(world.people))
    recorded = school_census.as_recorded(world)
    pupils = school_census.pupils_of(world, recorded, in_need)
    addresses = registrations.spine_addresses(world)
    seen = hospitals(world)
    on_spine, is_known = registrations.as_recorded(world), registrations.known_to_nhs(world, _treated(world, seen, care))
    return [
        *(Supplier(f"school census, {census.period}", partial(school_census.deliveries, world, pupils, [census])) for census in CENSUSES),
        Supplier("primary care", lambda: primary_care_list.deliveries(world, care, addresses, is_known)),
        Supplier("NHS spine", lambda: registrations.deliveries(world, addresses, on_spine, is_known)),
        Supplier("hospitals", lambda: hospital_return.deliveries(world, seen, addresses, on_spine)),
        Supplier("community services", lambda: community_return.deliveries(world, addresses, is_known)),
        Supplier("mental-health services", lambda: mental_health_return.deliveries(world, care, addresses)),
        Supplier("attainment", lambda: attainment_files.deliveries(world, recorded)),
        Supplier("council records", lambda: social_care.deliveries(world, records)),
        Supplier("SSDA903", lambda: looked_after_return.deliveries(world, records)),
        Supplier("CIN census", lambda: children_in_need_return.deliveries(world, records)),
        Supplier("Annex A", lambda: annex_a_return.deliveries(world, records)),
        Supplier("births", lambda: birth_notifications.deliveries(world, seen)),
        Supplier("objections", lambda: objections.deliveries(world, records, care.referrals)),
    ]


def _treated(world: World, seen: Hospitals, care: Care) -> Flags:
    """Whether each person was born in hospital, admitted, seen or referred to mental-health services in the year."""
    found = np.zeros(len(world.people), dtype=bool)
    for rows in (seen.births, seen.spells, seen.appointments, seen.attendances, care.referrals):
        found[rows["person"].to_numpy()] = True
    return found


def _stock(world: World) -> dict[str, dict[str, int]]:
    """Looked-after children on each 31 March by responsible authority."""
    people = len(world.people)
    return {
        la: {str(year): int(in_care(world.spells_of[la], people, on).sum()) for year, on in YEAR_ENDS.items()}
        for la in world.las
    }


def _write_people(path: Path, world: World, care: Care) -> None:
    """person.parquet: the truth about everyone, one row per identity."""
    people = world.people
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
        "is_withheld": pa.array(people["is_withheld"], pa.bool_()), "has_opted_out": pa.array(objections.opted_out(world), pa.bool_()),
        "had_mental_health_contact": pa.array(care.had_contact, pa.bool_()), "need": pa.array(people["need"], pa.float64()),
        "was_supported": pa.array(people["is_supported"].astype(bool), pa.bool_()),
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
