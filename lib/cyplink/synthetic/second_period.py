"""Who delivers in the quarter after the first period, and the returns of the first that are corrected in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cyplink.synthetic import (
    birth_notifications,
    community_care,
    community_return,
    corrections,
    hospital_return,
    mental_health,
    mental_health_return,
    objections,
    primary_care_list,
    registrations,
    school_census,
    social_care,
)
from cyplink.synthetic.corrections import Correction
from cyplink.synthetic.first_period import Known
from cyplink.synthetic.hospitals import Hospitals, hospitals
from cyplink.synthetic.later import Later, later
from cyplink.synthetic.mental_health import Care
from cyplink.synthetic.school_terms import NEXT_CENSUS
from cyplink.synthetic.streams import Flags, Ints
from cyplink.synthetic.suppliers import Deliveries, Supplier


@dataclass(frozen=True)
class Quarter:
    """What the quarter's suppliers draw on, made once: what was `known` when it began, what has happened since (`then`), `care` and hospital care (`seen`) of the quarter,
    and when it ends: the spine's `addresses` and people (`on_spine`, `is_known`), the councils' `register` of before with what has been put right in it, who has an
    opt-out, council records of who has `withdrawn`, and the `corrected` returns."""

    known: Known
    then: Later
    care: Care
    seen: Hospitals
    addresses: pd.DataFrame
    on_spine: pd.DataFrame
    is_known: Flags
    register: pd.DataFrame
    has_opted_out: Flags
    withdrawn: pd.DataFrame
    corrected: list[Correction]


def quarter(known: Known, error_factor: float) -> Quarter:
    """What happens after the first period; `error_factor` multiplies all error rates of those born."""
    world, records = known.world, known.records
    returned_late, had_opted_out = corrections.left_out(world, records), objections.opted_out(world)
    then = later(world, known.is_known, had_opted_out, returned_late, error_factor)
    register = corrections.mended_register(world, records)
    return Quarter(
        known, then, care=mental_health.carried_on(then.after, known.care), seen=hospitals(then.after), addresses=registrations.addresses_later(then),
        on_spine=registrations.recorded_later(then, known.on_spine), is_known=np.append(known.is_known, np.ones(len(then.born), dtype=bool)), register=register,
        has_opted_out=objections.opted_out_later(then, had_opted_out), withdrawn=objections.withdrawn_later(then, records),
        corrected=_corrected(known, then, register, returned_late),
    )  # fmt: skip


def _corrected(known: Known, then: Later, register: pd.DataFrame, returned_late: dict[str, int]) -> list[Correction]:
    """A council's SSDA903 and CIN census of 2025-26, another's spring census and a mental-health provider's month of March."""
    about, who = corrections.mended_pupils(known.world, known.pupils)
    made = [
        corrections.looked_after(then, known.records, register, returned_late),
        corrections.in_need(then, known.records, register),
        corrections.spring_census(then, about, who),
    ]
    for book in islice(mental_health_return.books(known.world, known.care), 1):
        mended, traced = corrections.mended_book(known.world, book)
        made.append(corrections.last_month(then, mended, registrations.practice_history(known.world, known.addresses), traced))
    return made


def suppliers(of: Quarter) -> list[Supplier]:
    """Everybody who delivers in the quarter."""
    then, known = of.then, of.known
    made: dict[str, Callable[[], Deliveries]] = {
        "primary care": lambda: primary_care_list.deliveries_later(then, of.care, (known.addresses, of.addresses), (known.is_known, of.is_known)),
        "NHS spine": lambda: iter([registrations.delivery_later(then, (known.addresses, of.addresses), (known.on_spine, of.on_spine), known.is_known)]),
        "school census": lambda: school_census.deliveries(then.after, school_census.after_moves(known.pupils, then), [NEXT_CENSUS]),
        "hospitals": partial(_hospitals, of),
        "community services": partial(_community_services, of),
        "mental-health services": partial(_mental_health, of),
        "births": lambda: birth_notifications.deliveries(then.after, of.seen),
        "council records": lambda: social_care.deliveries_later(then, of.register, social_care.new_records(then, known.records)),
        "objections": lambda: objections.deliveries_later(then, of.has_opted_out, of.withdrawn, known.records),
        "corrected returns": lambda: ((returned.delivery, returned.truth) for returned in of.corrected),
    }
    return [Supplier(f"{name}, to June 2026", deliveries, is_beyond_first=True) for name, deliveries in made.items()]


def _hospitals(of: Quarter) -> Deliveries:
    known, after = of.known, of.then.after
    before = hospital_return.books(known.world, known.seen, known.addresses, known.on_spine)
    yield from hospital_return.submissions(after, hospital_return.books(after, of.seen, of.addresses, of.on_spine, before))


def _community_services(of: Quarter) -> Deliveries:
    known, after = of.known, of.then.after
    referrals, contacts = community_care.community_care(known.world)
    going_on = community_care.carried_on(after, referrals, contacts)
    books = (community_return.carried_on(book, after, *going_on, of.is_known) for book in community_return.books(known.world, referrals, contacts, known.is_known))
    yield from community_return.submissions(after, books, of.addresses)


def _mental_health(of: Quarter) -> Deliveries:
    known, after = of.known, of.then.after
    before = mental_health_return.books(known.world, known.care)
    mended = chain((corrections.mended_book(known.world, book)[0] for book in islice(before, 1)), before)
    yield from mental_health_return.submissions(after, (mental_health_return.carried_on(book, after, of.care) for book in mended), of.addresses)


def write_what_happened(path: Path, of: Quarter) -> None:
    """second_period.parquet: what happened to whom (truth_person_id, what, source: of the return in which it is corrected, or null), for whoever checks what a second run does."""
    then = of.then
    happened: dict[tuple[str, str | None], Ints] = {
        ("born", None): then.born, ("moved", None): np.unique(then.stays.loc[then.stays["person"] < len(then.before.people), "person"]), ("died", None): then.died,
        ("renumbered", None): then.renumbered, ("protected", None): then.protected, ("opted_out", None): then.opted_out, ("opted_in", None): then.opted_in,
        ("withdrawn", None): np.unique(of.withdrawn["person"]),
    }  # fmt: skip
    for returned in of.corrected:
        happened |= {(what, returned.delivery.source): np.unique(people) for what, people in returned.people.items()}
    rows = pd.DataFrame([(person + 1, what, source) for (what, source), people in happened.items() for person in people], columns=["truth_person_id", "what", "source"])
    schema = pa.schema([("truth_person_id", pa.int64()), ("what", pa.string()), ("source", pa.string())])
    pq.write_table(pa.Table.from_pandas(rows, schema, preserve_index=False), path)
