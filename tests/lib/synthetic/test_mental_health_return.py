"""The synthetic mental-health submissions: sound by the published rules but for what is planted, and true to the children's need."""

from collections import Counter

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of
from cyplink.standardise import codelists
from cyplink.synthetic import mental_health_return, registrations
from cyplink.synthetic.calibration import load
from cyplink.synthetic.deliveries import Delivery, layout
from cyplink.synthetic.mental_health import mental_health
from cyplink.synthetic.world import World, make_world

SOURCE = SOURCES["mhsds"]
MISSING_BY_RATE = {"MHS00111", "MHS00119", "MHS00123"}
"""Numbers and postcodes that clinics lack: published rates, not planted faults."""


@pytest.fixture(scope="module")
def world() -> World:
    made = make_world(load(["207"]), 0.03, seed=3)
    made.boroughs[0].indicators["CMH_0-17yrs"] = 2_000.0  # twenty times the published rate, so that a small world has admissions
    return made


@pytest.fixture(scope="module")
def sent(world: World) -> list[Delivery]:
    return [delivery for delivery, _ in mental_health_return.deliveries(world, mental_health(world), registrations.spine_addresses(world))]


def faults(delivery: Delivery) -> Counter[str]:
    with duckdb.connect() as connection:
        first, last = days_of(delivery.period)
        connection.execute(f"set threads=1; create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
        views = set()
        for name, (table, rows) in delivery.files.items():
            kind = next(kind for kind in SOURCE.file_kinds if kind.is_called(name))
            there = set(rows.columns) & set(layout("mhsds", table))
            columns = {column: pa.array(rows[column] if column in there else [None] * len(rows), pa.string()) for column in kind.header}
            connection.register(f"b_{kind.name}", pa.table(columns | {"source_row": pa.array(range(1, len(rows) + 1), pa.int64())}))
            connection.execute(view(kind, kind.name, f"b_{kind.name}"))
            views.add(kind.name)
        assert views == {kind.name for kind in SOURCE.file_kinds}
        return Counter(rule.number for rule, _ in broken(connection, SOURCE, delivery.period, views))


def test_a_submission_breaks_no_rule_but_by_what_clinics_lack(sent: list[Delivery]) -> None:
    assert [set(faults(delivery)) - MISSING_BY_RATE for delivery in sent[::6]] == [set()] * len(sent[::6])


def all_rows(sent: list[Delivery], table: str) -> pd.DataFrame:
    return pd.concat([delivery.files[f"{table}.csv"][1] for delivery in sent], ignore_index=True)


def test_scores_follow_need_and_some_children_are_admitted(world: World, sent: list[Delivery]) -> None:
    scores = all_rows(sent, "MHS606CodedScoreAssessmentRefer").merge(all_rows(sent, "MHS101Referral").drop_duplicates("ServiceRequestID")[["ServiceRequestID", "person"]])
    need = world.people["need"].to_numpy()[scores["person"]]
    assert np.corrcoef(scores["PersScore"].astype(int), need)[0, 1] > 0.6
    spells = all_rows(sent, "MHS501HospProvSpell")
    assert len(spells) > 0
    assert (spells.groupby("HospProvSpellID")["DischDateHospProvSpell"].apply(lambda days: (days != "").sum()) <= 1).all()
    stays = all_rows(sent, "MHS502WardStay")
    assert set(stays["HospProvSpellID"]) == set(spells["HospProvSpellID"])


def test_teams_are_of_the_kind_that_the_referral_is(sent: list[Delivery]) -> None:
    referrals = all_rows(sent, "MHS101Referral").merge(all_rows(sent, "MHS902ServiceTeamDetails").drop_duplicates("CareProfTeamLocalID"), on="CareProfTeamLocalID")
    assert len(referrals) == len(all_rows(sent, "MHS101Referral"))
    eating = referrals[(referrals["PrimReasonReferralMH"] == "12") & (referrals["ClinRespPriorityType"] != "1")]
    assert set(eating["ServTeamTypeMH"]) <= {"C10", "C06", "C07"}


def test_every_board_whose_councils_are_made_has_a_provider_that_the_codelist_knows() -> None:
    world = make_world(load(["202", "207"]), 0.01, seed=3)
    care = mental_health(world)
    delivering = {(d.controller, d.files["MHS101Referral.csv"][1]["OrgIDComm"].iloc[0]) for d, _ in mental_health_return.deliveries(world, care, registrations.spine_addresses(world))}
    listed = {(row["provider"], row["icb"]) for row in codelists.read("mental_health_providers")}
    assert {("RV3", "QRV"), ("ZMQMJ", "QMJ")} <= delivering <= listed
    seen = world.people["is_seen"].to_numpy(dtype=bool) & (world.la_number == 202) & ~world.people["is_looked_after"].to_numpy(dtype=bool)
    provider = care.referrals.set_index("person")["provider"]
    assert (provider[provider.index.isin(np.flatnonzero(seen))] == "ZMQMJ").mean() > 0.8
