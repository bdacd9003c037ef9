"""Who delivers in the first period, three years to March 2026, and what several of them draw on."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from cyplink.synthetic import (
    annex_a_return,
    attainment_files,
    birth_notifications,
    children_in_need_return,
    community_return,
    hospital_return,
    looked_after_return,
    mental_health_return,
    objections,
    primary_care_list,
    registrations,
    school_census,
    social_care,
)
from cyplink.synthetic.hospitals import Hospitals, hospitals
from cyplink.synthetic.mental_health import Care, mental_health
from cyplink.synthetic.school_census import Pupils
from cyplink.synthetic.school_terms import CENSUSES
from cyplink.synthetic.streams import Flags
from cyplink.synthetic.suppliers import Supplier
from cyplink.synthetic.world import World


@dataclass(frozen=True)
class Known:
    """What several suppliers draw on, made once: mental-health `care`, the councils' registers (`records`), pupils as schools write them down (`recorded`, of which
    `pupils` is made), `addresses` the spine was told, hospital care (`seen`), people as the spine has them (`on_spine`), and who is on it (`is_known`)."""

    world: World
    care: Care
    records: pd.DataFrame
    recorded: pd.DataFrame
    pupils: Pupils
    addresses: pd.DataFrame
    seen: Hospitals
    on_spine: pd.DataFrame
    is_known: Flags


def known_of(world: World) -> Known:
    """The same of a world."""
    care = mental_health(world)
    records, recorded = social_care.register(world), school_census.as_recorded(world)
    pupils = school_census.pupils_of(world, recorded, social_care.in_need(records, len(world.people)))
    addresses, seen = registrations.spine_addresses(world), hospitals(world)
    on_spine, is_known = registrations.as_recorded(world), registrations.known_to_nhs(world, _treated(world, seen, care))
    return Known(world, care, records, recorded, pupils, addresses, seen, on_spine, is_known)


def suppliers(known: Known) -> list[Supplier]:
    """Everybody who delivers, those with most to write first: of many people, two of them are written at a time."""
    world, care, records, addresses = known.world, known.care, known.records, known.addresses
    return [
        *(Supplier(f"school census, {census.period}", partial(school_census.deliveries, world, known.pupils, [census])) for census in CENSUSES),
        Supplier("primary care", lambda: primary_care_list.deliveries(world, care, addresses, known.is_known)),
        Supplier("NHS spine", lambda: registrations.deliveries(world, addresses, known.on_spine, known.is_known)),
        Supplier("hospitals", lambda: hospital_return.deliveries(world, known.seen, addresses, known.on_spine)),
        Supplier("community services", lambda: community_return.deliveries(world, addresses, known.is_known)),
        Supplier("mental-health services", lambda: mental_health_return.deliveries(world, care, addresses)),
        Supplier("attainment", lambda: attainment_files.deliveries(world, known.recorded)),
        Supplier("council records", lambda: social_care.deliveries(world, records)),
        Supplier("SSDA903", lambda: looked_after_return.deliveries(world, records)),
        Supplier("CIN census", lambda: children_in_need_return.deliveries(world, records)),
        Supplier("Annex A", lambda: annex_a_return.deliveries(world, records)),
        Supplier("births", lambda: birth_notifications.deliveries(world, known.seen)),
        Supplier("objections", lambda: objections.deliveries(world, records, care.referrals)),
    ]


def _treated(world: World, seen: Hospitals, care: Care) -> Flags:
    """Whether each person was born in hospital, admitted, seen or referred to mental-health services in the year."""
    found = np.zeros(len(world.people), dtype=bool)
    for rows in (seen.births, seen.spells, seen.appointments, seen.attendances, care.referrals):
        found[rows["person"].to_numpy()] = True
    return found
