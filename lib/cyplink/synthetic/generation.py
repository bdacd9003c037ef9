"""Makes the synthetic London: deliveries under `<out>/landing`, the truth beside them, and a note of what was asked for."""

import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cyplink.synthetic import (
    annex_a_return,
    attainment_files,
    birth_notifications,
    children_in_need_return,
    community_return,
    deliveries,
    hospital_return,
    looked_after_return,
    mental_health_return,
    objections,
    primary_care_list,
    registrations,
    school_census,
    social_care,
    troubles,
)
from cyplink.synthetic.calibration import CALIBRATION, HERE, ethnic_groups, load
from cyplink.synthetic.care import YEAR_ENDS
from cyplink.synthetic.hospitals import hospitals
from cyplink.synthetic.mental_health import Care, mental_health
from cyplink.synthetic.world import World, in_care, make_world


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


def generate(
    out: Path, boroughs: Sequence[str], sample: float, seed: int, progress: Callable[[str], None] | None = None
) -> GenerationSummary:
    """Writes landing deliveries and truth for the boroughs (DfE LA numbers) under `out`.

    `sample` is the share of children who are not looked after. With the same arguments and intact output nothing is
    written (`unchanged`). Raises ValueError for a sample outside 0-1, FileExistsError where `out` holds something else.
    """
    if not 0 < sample <= 1:
        raise ValueError("sample must be above 0 and at most 1: the share of children who are not looked after.")
    asked: dict[str, object] = {
        "boroughs": sorted(boroughs),
        "sample": sample,
        "seed": seed,
        "generator": generator_version(),
    }
    kept = _kept(out, asked)
    if kept is not None:
        return kept
    began = time.monotonic()
    building = out.with_name(f"{out.name}.being-made")
    shutil.rmtree(building, ignore_errors=True)
    (building / "truth").mkdir(parents=True)
    summary = _make(building, sorted(boroughs), sample, seed, progress or (lambda _: None))
    summary.seconds = round(time.monotonic() - began, 1)
    summary.out = out
    _note(building, asked, summary)
    if out.exists():
        shutil.rmtree(out)
    building.rename(out)
    return summary


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


def _make(
    building: Path, numbers: list[str], sample: float, seed: int, progress: Callable[[str], None]
) -> GenerationSummary:
    progress("families, homes and care")
    world = make_world(load(numbers), sample, seed)
    care = mental_health(world)
    planted: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    truth: list[pd.DataFrame] = []
    count = 0
    corrected, widened, repeated = (numbers[i % len(numbers)] for i in (0, 1, 2))
    for delivery, known in _all_deliveries(world, care, progress):
        truth.append(known)
        spoilt = troubles.spoil(delivery, seed, planted)
        for sent in troubles.as_sent(spoilt, corrected, widened, repeated, planted):
            deliveries.write(building / "landing", sent)
            count += 1
            for kind, table in sent.files.values():
                rows[f"{sent.source}/{kind}"] += len(table)
            for file in sent.whole_files.values():
                rows.update({f"{sent.source}/{kind}": count for kind, count in file.tables.items()})
    progress("truth")
    _write_truth(building / "truth", world, care, pd.concat(truth, ignore_index=True))
    cared = world.people["is_looked_after"].to_numpy()
    return GenerationSummary(
        out=building, people=len(world.people), looked_after=int(cared.sum()), deliveries=count, rows=dict(sorted(rows.items())),
        planted=dict(sorted(planted.items())), looked_after_on_31_march=_stock(world),
    )  # fmt: skip


def _all_deliveries(
    world: World, care: Care, progress: Callable[[str], None]
) -> Iterator[tuple[deliveries.Delivery, pd.DataFrame]]:
    progress("council records, SSDA903 and CIN census")
    records = social_care.register(world)
    yield from social_care.deliveries(world, records)
    yield from looked_after_return.deliveries(world, records)
    progress("Annex A")
    yield from annex_a_return.deliveries(world, records)
    yield from children_in_need_return.deliveries(world, records)
    progress("school census")
    in_need = social_care.in_need(records, len(world.people))
    recorded = school_census.as_recorded(world)
    yield from school_census.deliveries(world, recorded, in_need)
    yield from attainment_files.deliveries(world, recorded)
    progress("NHS spine")
    addresses = registrations.spine_addresses(world)
    yield from registrations.deliveries(world, addresses)
    progress("mental-health services")
    yield from mental_health_return.deliveries(world, care, addresses)
    progress("community services")
    yield from community_return.deliveries(world, addresses)
    progress("primary care")
    yield from primary_care_list.deliveries(world, care, addresses)
    progress("hospitals and births")
    seen = hospitals(world)
    yield from hospital_return.deliveries(world, seen, addresses)
    yield from birth_notifications.deliveries(world, seen)
    progress("objections")
    yield from objections.deliveries(world, records, care.referrals)


def _stock(world: World) -> dict[str, dict[str, int]]:
    """Looked-after children on each 31 March by responsible authority."""
    people = len(world.people)
    return {
        la: {
            str(year): int(in_care(world.spells[world.spells["la"] == la], people, on).sum())
            for year, on in YEAR_ENDS.items()
        }
        for la in world.las
    }


def _write_truth(folder: Path, world: World, care: Care, records: pd.DataFrame) -> None:
    """person.parquet and record.parquet: the answers, which only the linkage-quality job may read."""
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
        "had_mental_health_contact": pa.array(care.had_contact, pa.bool_()),
    }  # fmt: skip
    pq.write_table(pa.table(columns), folder / "person.parquet")
    records = records.drop_duplicates(["source", "controller", "local_id"]).assign(
        truth_person_id=records["person"] + 1
    )
    records = records.sort_values(["source", "controller", "local_id"], kind="stable")
    texts = {name: pa.array(records[name], pa.string()) for name in ("source", "controller", "local_id")}
    pq.write_table(
        pa.table(texts | {"truth_person_id": pa.array(records["truth_person_id"], pa.int64())}),
        folder / "record.parquet",
    )
