"""What the commands print and how they end, on a lake that is there: figures on stdout, a sentence on stderr, 0 or 1."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cyplink import cli, flow
from cyplink.runs import publish, published, read_manifest
from cyplink.tables import gold
from tests.contents import contents
from tests.worlds import CONF, World

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cyplink(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in the world's folder; returns exit code, stdout and stderr."""
    publish(world.settings.zones.roots(), "first", 1.0)
    monkeypatch.chdir(world.root)
    monkeypatch.setenv("CYPLINK_CONF", str(CONF))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cyplink", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_quality_as_json_is_what_a_program_reads(cyplink: Command, world: World) -> None:
    code, out, err = cyplink("quality", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) == {"overall", "bridge", "groups", "bridge_groups", "anchors", "weights", "goals", "checks"}
    figures = {"true_pairs", "linked_pairs", "precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high", "share_linked", "b_cubed_precision", "b_cubed_recall"}
    assert set(found["overall"]) == set(found["bridge"]) == figures
    assert all(set(one) == {"group", "value", "true_pairs", "precision", "recall"} for one in (*found["groups"], *found["bridge_groups"]))
    table = {(row["group"], row["value"]): row["recall"] for row in world.lake.read_arrow(gold.LINKAGE_QUALITY).to_pylist() if row["pairs"] == "all"}
    assert {(one["group"], one["value"]): one["recall"] for one in found["groups"]} == {key: recall for key, recall in table.items() if key[0] != "overall"}
    assert found["overall"]["recall"] == table["overall", "all"] > 0.9
    assert found["checks"] == world.lake.read_arrow(gold.LINKAGE_CHECK).to_pylist() != []
    assert found["goals"] == world.lake.read_arrow(gold.LINKAGE_GOAL).to_pylist() != []


def test_quality_for_people_names_every_group(cyplink: Command) -> None:
    code, out, _ = cyplink("quality")
    assert code == 0
    for words in ("all pairs of one person's records", "bridge", "ethnic_group", "borough", "Records without names", "Match probability beside the truth",
                  "pupils found on the spine", "at least 97", "adoptions rejoined", "Without a truth", "held out recall", "blocking reach several"):
        assert words in out


def test_list_and_draw_tell_every_job(cyplink: Command) -> None:
    code, out, _ = cyplink("list", "--json")
    assert code == 0 and [one["job"] for one in json.loads(out)] == [step.name for step in flow.discover()]
    code, out, _ = cyplink("draw")
    assert code == 0 and out.startswith("flowchart LR") and "gold_person" in out


def test_a_dry_run_says_what_every_job_would_do_and_writes_nothing(cyplink: Command, world: World) -> None:
    before = contents(world.root / "data")
    code, out, _ = cyplink("run", "--dry-run", "--from", "linkage", "--to", "gold.person")
    assert code == 0 and "Dry run" in out and "linkage.cluster" in out and "gold.person" in out and "bronze.pds" not in out
    assert contents(world.root / "data") == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "--only", "silver.identities"), "There is no stage or job 'silver.identities'"),
        (("run", "--from", "gold", "--to", "bronze"), "There is nothing from 'gold' to 'bronze'"),
        (("run", "--boroughs", "Brentt"), "not known (brentt)"),
        (("run", "--env", "prod"), "known environments: local, london, standalone"),
        (("run", "--conf", "nowhere"), "give the folder that holds it with --conf"),
        (("run", "--only", "gold", "--retrain"), "--retrain asks for linkage.train_model"),
        (("run",), "cyplink key"),
        (("synth", "--boroughs", "Atlantis"), "not known (atlantis)"),
        (("publish", "--run", "second"), "Finished runs: first"),
        (("explain", "1", "2"), "record"),
        (("promote", "99"), "There is no model version 99. Versions: 1."),
        (("promote",), "Version 1 is the champion already"),
        (("compare",), "cyplink key"),
        (("returns", "--controller", "999"), "Nothing was ever delivered by 999"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_mistake_ends_in_a_sentence_and_1(cyplink: Command, world: World, words: tuple[str, ...], told: str) -> None:
    pinned = read_manifest(world.settings.zones.identifiable, "first").tables
    code, _, err = cyplink(*words)
    assert (code, err.startswith("cyplink: ")) == (1, True), err
    assert told in " ".join(err.split())
    for table in (gold.PERSON, gold.LINKAGE_QUALITY):
        assert world.lake.version(table) == pinned[table.name]["version"]


@pytest.mark.parametrize("words", [("synth", "--sample", "1.5"), ("synth", "--years", "9"), ("mlflow", "--port", "80"), ("quality", "--jsn")], ids=" ".join)
def test_a_value_no_option_has_ends_with_2_and_the_range(cyplink: Command, words: tuple[str, ...]) -> None:
    code, _, err = cyplink(*words)
    assert code == 2 and ("than or equal to" in err or "No such option" in err)


def test_models_names_the_champion(cyplink: Command) -> None:
    assert cyplink("models")[:2] == (0, "1  champion\n")


def test_runs_names_the_published_one(cyplink: Command) -> None:
    assert cyplink("runs")[:2] == (0, "first  published\n")


def test_a_run_that_was_cut_short_before_it_was_published_is_published(world: World) -> None:
    pointer = Path(world.settings.zones.research) / "_published.json"
    publish(world.settings.zones.roots(), "first", 1.0)
    assert not cli.publish_latest(world.settings)
    pointer.write_text(pointer.read_text(encoding="utf-8").replace("first", "before"), encoding="utf-8")
    assert cli.publish_latest(world.settings)
    assert published(world.settings.zones.research) == "first"


def test_a_damaged_manifest_is_said(cyplink: Command, world: World) -> None:
    path = Path(world.settings.zones.identifiable) / "_runs" / "damaged.json"
    path.write_text('{"tables": ', encoding="utf-8")
    try:
        code, _, err = cyplink("publish", "--run", "damaged")
    finally:
        path.unlink()
    assert code == 1 and "is damaged" in err


def test_a_damaged_note_of_a_step_has_it_looked_at_again(world: World) -> None:
    path = Path(world.settings.zones.identifiable) / "_runs" / "steps" / "gold.person.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[:-9], encoding="utf-8")
    before = world.lake.version(gold.PERSON)
    report = world.run("gold.person")
    assert [step.state for step in report.steps] == ["unchanged"] and world.lake.version(gold.PERSON) == before
    assert path.read_text(encoding="utf-8") == whole
