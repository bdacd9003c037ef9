"""The smaller files of the synthetic SSDA903: sound by the return's rules, true to the episodes, and as many as published."""

from collections import Counter

import duckdb
import pandas as pd
import pytest

from cyplink.returns import broken, view
from cyplink.sources import SOURCES
from cyplink.sources.calendar import days_of
from cyplink.synthetic import looked_after_return
from cyplink.synthetic.calibration import load
from cyplink.synthetic.deliveries import Delivery, layout
from cyplink.synthetic.social_care import register
from cyplink.synthetic.world import make_world

SOURCE = SOURCES["ssda903"]
FILES = ("oc3", "ad1", "placed_adoption", "prev_perm", "missing", "sw_episodes")


@pytest.fixture(scope="module")
def sent() -> list[Delivery]:
    world = make_world(load(["304", "312"]), 0.01, seed=3)
    return [delivery for delivery, _ in looked_after_return.deliveries(world, register(world))]


def table(delivery: Delivery, kind: str) -> pd.DataFrame:
    return delivery.files[f"{kind}.csv"][1]


def faults(delivery: Delivery) -> Counter[tuple[str, str]]:
    with duckdb.connect() as connection:
        first, last = days_of(delivery.period)
        connection.execute(f"set threads=1; create macro first_day() as date '{first}'; create macro last_day() as date '{last}'")
        for kind, rows in delivery.files.values():
            declared = SOURCE.kind(kind)
            assert tuple(layout("ssda903", kind)) == declared.header
            connection.register(f"b_{kind}", rows[list(declared.header)].astype(str).assign(source_row=range(1, len(rows) + 1)))
            connection.execute(view(declared, kind, f"b_{kind}"))
        return Counter((rule.file_kind, rule.number) for rule, _ in broken(connection, SOURCE, delivery.period, {kind for kind, _ in delivery.files.values()}))


def test_they_break_no_rule_of_the_return(sent: list[Delivery]) -> None:
    for delivery in sent:
        assert {rule: count for rule, count in faults(delivery).items() if rule[0] in FILES} == {}


def test_everybody_in_them_is_in_the_header_with_the_same_birth_date(sent: list[Delivery]) -> None:
    for delivery in sent:
        header = table(delivery, "header").set_index("CHILD")["DOB"]
        assert header.index.is_unique
        for kind in FILES:
            rows = table(delivery, kind)
            assert (header.loc[rows["CHILD"]].to_numpy() == rows["DOB"].to_numpy()).all(), kind


def test_care_leavers_and_children_missing_are_as_many_as_published(sent: list[Delivery]) -> None:
    for delivery, borough in ((d, b) for d in sent for b in load(["304", "312"]) if d.controller == b.la and d.period == "2025-26"):
        leavers = len(table(delivery, "oc3"))
        assert 0.7 < leavers / borough.indicators["NoCareLeavers"] < 1.4
        cared = table(delivery, "episodes")["CHILD"].nunique()
        assert abs(table(delivery, "missing")["CHILD"].nunique() / cared - borough.indicators["Children_missing"] / 100) < 0.05


def test_partial_dates_are_there(sent: list[Delivery]) -> None:
    dates = pd.concat(table(delivery, "prev_perm")["DATE_PERM"] for delivery in sent)
    assert dates.str.startswith("zz/").any() and dates.str.fullmatch("[0-9]{2}/[0-9]{2}/[0-9]{4}").any()
