"""`cyplink explain`: why two records are, or are not, one person."""

import io

import duckdb
import pytest
from rich.console import Console

from cyplink.linkage.explaining import UNKNOWN, Explanation, explain
from cyplink.runs import manifests, read_manifest
from cyplink.summary import print_explanation
from cyplink.tables import linkage, silver
from cyplink.tracking import Tracker
from tests.worlds import World


def _rows(world: World, sql: str) -> list[tuple[int, ...]]:
    tables = (silver.IDENTITY, linkage.SCORED_PAIR, linkage.CLUSTER, linkage.ANCHOR, linkage.SEALED_PAIR, linkage.PERSON_LINK)
    with duckdb.connect() as connection:
        for table in tables:
            connection.register(table.name.split(".")[1], world.lake.read_arrow(table))
        return connection.sql(sql).fetchall()


def _explained(world: World, first: object, second: object) -> Explanation:
    root = world.settings.zones.identifiable
    manifest = read_manifest(root, manifests(root)[-1])
    return explain(world.lake, manifest, Tracker(world.settings.tracking), world.settings.linkage, str(first), str(second))


SHOWABLE = "not exists (select 1 from person_link p where p.is_withheld and p.record_id in (record_id_l, record_id_r))"


def test_weights_told_add_up_to_the_weight_scored(world: World) -> None:
    pairs = _rows(world, f"select record_id_l, record_id_r, match_weight from scored_pair where record_id_l <> record_id_r and blocking_rule > 0 and {SHOWABLE} order by hash(record_id_l) limit 6")
    for left, right, weight in pairs:
        told = _explained(world, left, right)
        assert round(told.weight * 1000) == pytest.approx(weight, abs=1)
        assert told.met_by


def test_one_person_is_told_with_a_path_from_one_record_to_the_other(world: World) -> None:
    [(left, right)] = _rows(world, f"""
        select record_id_l, record_id_r from (select a.record_id as record_id_l, b.record_id as record_id_r from cluster a join cluster b using (cluster_id)
            join identity i on i.record_id = a.record_id join identity j on j.record_id = b.record_id
            where a.record_id < b.record_id and a.status = 'linked' and b.status = 'linked' and i.source = 'school_census' and j.source = 'pds')
        where {SHOWABLE} limit 1""")
    told = _explained(world, left, right)
    assert told.same_person and told.verdict.startswith("One person")
    assert told.path[0].left == "school_census" and told.path[-1].right == "pds"


def test_two_people_whom_a_constraint_keeps_apart_are_told_which_and_how_near_they_are(world: World) -> None:
    [(left, right)] = _rows(world, f"""
        select record_id_l, record_id_r from (select min(record_id) as record_id_l, max(record_id) as record_id_r from identity where source = 'pds' group by surname having count(*) = 2)
        where (select count(distinct cluster_id) from cluster where record_id in (record_id_l, record_id_r)) = 2 and {SHOWABLE} order by all limit 1""")
    told = _explained(world, left, right)
    assert not told.same_person and "two verified NHS numbers" in told.verdict
    assert told.pairs >= told.scored and told.between is not None


def test_a_record_without_names_is_compared_by_the_record_it_attaches_to(world: World) -> None:
    [(record, anchor)] = _rows(world, f"select record_id_l, record_id_r from (select record_id as record_id_l, anchor_record_id as record_id_r from anchor where anchor_record_id is not null) where {SHOWABLE} limit 1")
    told = _explained(world, record, anchor)
    assert told.same_person and not told.one.is_named and told.one.attached_to and not told.comparisons


def test_a_record_without_names_that_attaches_to_none_is_told_with_the_reason(world: World) -> None:
    [(record, reason)] = _rows(world, f"select record_id, reason from (select *, record_id as record_id_l, record_id as record_id_r from anchor where anchor_record_id is null) where {SHOWABLE} limit 1")
    [(other,)] = _rows(world, f"select record_id from (select *, record_id as record_id_l, record_id as record_id_r from cluster) where status = 'linked' and {SHOWABLE} limit 1")
    assert str(reason) in _explained(world, record, other).verdict


def test_what_is_sealed_or_withheld_is_told_as_what_is_not_there(world: World) -> None:
    sealed = _rows(world, "select record_id_l, record_id_r from sealed_pair limit 1")
    withheld = _rows(world, "select p.record_id, c.record_id from person_link p, cluster c where p.is_withheld and c.record_id <> p.record_id limit 1")
    assert sealed and withheld
    for first, second in (*sealed, *withheld, (5, sealed[0][0])):
        with pytest.raises(ValueError, match="may not be shown") as refused:
            _explained(world, first, second)
        assert str(refused.value) == UNKNOWN


def test_a_record_is_known_by_source_controller_and_local_id(world: World) -> None:
    [(record, local, source, controller)] = _rows(world, f"""
        select record_id, local_id, source, controller from (select *, record_id as record_id_l, record_id as record_id_r from identity)
        where source = 'school_census' and local_id like '%/%' and {SHOWABLE} limit 1""")
    [(other,)] = _rows(world, f"select record_id from (select *, record_id as record_id_l, record_id as record_id_r from identity) where source = 'pds' and {SHOWABLE} limit 1")
    assert _explained(world, f"{source}/{controller}/{local}", other).one.record_id == record


def test_values_are_printed_only_when_asked_for(world: World) -> None:
    [(left, right, surname)] = _rows(world, f"select record_id_l, record_id_r, surname from scored_pair join identity on record_id = record_id_l where record_id_l <> record_id_r and length(surname) > 5 and {SHOWABLE} limit 1")
    told = _explained(world, left, right)
    shown = {}
    for with_values in (False, True):
        console = Console(file=io.StringIO(), width=200)
        print_explanation(console, told, with_values)
        shown[with_values] = console.file.getvalue()
    assert str(surname) not in shown[False] and "surname" in shown[False]
    assert str(surname) in shown[True]
