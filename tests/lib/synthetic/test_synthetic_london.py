"""The synthetic London: the same for the same seed, true to its own manifests and truth, valid by the suppliers' rules."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from stdnum.gb import nhs, upn

from cyplink.sources import SOURCES
from cyplink.sources.workbook_file import read_workbook
from cyplink.synthetic import GenerationSummary, boroughs, generate, suppliers
from cyplink.synthetic.calibration import load
from cyplink.synthetic.comparison_page import print_report
from cyplink.synthetic.days import OPEN, YEAR
from cyplink.synthetic.looked_after_return import deliveries as ssda903
from cyplink.synthetic.quotas import to_quota
from cyplink.synthetic.social_care import register
from cyplink.synthetic.streams import stream
from cyplink.synthetic.world import World, make_world

BOROUGHS = ["207", "310"]
SAMPLE = 0.005


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(BOROUGHS), SAMPLE, seed=3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GenerationSummary:
    return generate(tmp_path_factory.mktemp("made") / "london", BOROUGHS, SAMPLE, seed=3)


def rows(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def contents(out: Path) -> dict[str, str]:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_gives_the_same_bytes(made: GenerationSummary, tmp_path: Path) -> None:
    again = generate(tmp_path / "again", BOROUGHS, SAMPLE, seed=3)
    assert contents(again.out) == contents(made.out)


def test_another_seed_gives_other_people(made: GenerationSummary, tmp_path: Path) -> None:
    other = generate(tmp_path / "other", BOROUGHS, SAMPLE, seed=4)
    assert (
        contents(other.out)["landing/pds/X26/2026-03/v1/person.csv"]
        != contents(made.out)["landing/pds/X26/2026-03/v1/person.csv"]
    )


def test_asked_again_nothing_is_written(made: GenerationSummary) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.out.rglob("*")}
    again = generate(made.out, BOROUGHS, SAMPLE, seed=3)
    assert again.unchanged
    assert again.rows == made.rows
    assert {path: path.stat().st_mtime_ns for path in made.out.rglob("*")} == before


def test_a_damaged_output_is_made_again(tmp_path: Path) -> None:
    first = generate(tmp_path / "one", ["207"], SAMPLE, seed=3)
    whole = contents(first.out)
    next((first.out / "landing").rglob("header.csv")).unlink()
    assert not generate(tmp_path / "one", ["207"], SAMPLE, seed=3).unchanged
    assert contents(first.out) == whole


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="Choose another folder"):
        generate(tmp_path, BOROUGHS, SAMPLE, seed=3)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_manifests_tell_the_truth_about_their_files(made: GenerationSummary) -> None:
    manifests = list((made.out / "landing").rglob("manifest.json"))
    assert len(manifests) == made.deliveries
    for manifest in manifests:
        said = json.loads(manifest.read_text())
        assert said["synthetic"] is True
        assert list(manifest.parts[-5:-2]) == [said["source"], said["controller"], said["period"]]
        assert {f["name"] for f in said["files"]} == {p.name for p in manifest.parent.iterdir()} - {manifest.name}
        for listed in said["files"]:
            content = (manifest.parent / listed["name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == listed["sha256"]
            if listed["name"].endswith(".xml"):
                assert content.count(b"<Child>") == listed["rows"]
            elif listed["name"].endswith(".csv"):
                assert len(rows(manifest.parent / listed["name"])) == listed["rows"]


def test_planted_troubles_are_there_and_counted(made: GenerationSummary) -> None:
    landing = made.out / "landing"
    assert made.planted["corrected_delivery"] == made.planted["extra_column"] == made.planted["repeated_delivery"] == 1
    versions = [
        json.loads(p.read_text())["version"] for p in sorted((landing / "ssda903/207/2024-25").glob("*/manifest.json"))
    ]
    assert versions == [1, 2]
    assert "ALLOCATED_TEAM" in rows(landing / "ssda903/310/2025-26/v1/episodes.csv").columns
    repeated = list(landing.glob("school_census/*/2025-spring/v1-sent-again/manifest.json"))
    assert len(repeated) == 1
    assert repeated[0].read_bytes() == (repeated[0].parents[1] / "v1" / "manifest.json").read_bytes()


def delivered_ids(out: Path) -> set[tuple[str, str, str]]:
    keys = {"ssda903": ("header.csv", "CHILD"), "case_management": ("ssd_person.csv", "pers_person_id"),
            "pds": ("person.csv", "nhs_number"), "mhsds": ("MHS001MPI.csv", "LocalPatientID"),
            "csds": ("CYP001MPI.csv", "LOCAL PATIENT IDENTIFIER (EXTENDED)")}  # fmt: skip
    found = set()
    for source, (file, column) in keys.items():
        for path in (out / "landing" / source).rglob(file):
            found |= {(source, path.parts[-4], value) for value in rows(path)[column] if value}
    for path in (out / "landing" / "gp_events").rglob("patient.csv"):
        patients = rows(path)
        patients = patients[patients["nhs_number"] != ""]
        found |= {("gp_events", path.parts[-4], value) for value in patients["practice_code"] + "/" + patients["nhs_number"]}
    for path in (out / "landing/cin_census").rglob("*.xml"):
        children = re.findall("<LAchildID>([^<]+)<", path.read_text())
        found |= {("cin_census", path.parts[-4], value) for value in children}
    return found


def school_ids(out: Path) -> set[tuple[str, str, str]]:
    found = set()
    for path in (out / "landing/school_census").rglob("*_pupilonroll.csv"):
        pupils = rows(path)
        schools = rows(path.with_name(path.name.replace("pupilonroll", "schoolcensus"))).set_index(
            "schoolcensustableid"
        )["estab"]
        born = pd.to_datetime(pupils["dob"], format="%Y-%b-%d %H:%M:%S", errors="coerce").dt.strftime("%Y-%m-%d")
        known = (pupils["upn"] != "") | born.notna()
        key = np.where(
            pupils["upn"] != "",
            pupils["upn"],
            "?" + pupils["forename"] + "|" + pupils["surname"] + "|" + born.fillna(""),
        )
        local = schools.loc[pupils["schoolcensustableid"]].to_numpy() + "/" + key
        found |= {("school_census", path.parts[-4], value) for value in local[known]}
    return found


def test_truth_covers_every_delivered_person(made: GenerationSummary) -> None:
    record = pd.read_parquet(made.out / "truth/record.parquet")
    person = pd.read_parquet(made.out / "truth/person.parquet")
    known = set(record[["source", "controller", "local_id"]].itertuples(index=False, name=None))
    assert len(known) == len(record)
    assert delivered_ids(made.out) - known == set()
    assert school_ids(made.out) - known == set()
    assert set(record["truth_person_id"]) <= set(person["truth_person_id"])


def test_annex_a_is_read_whole_and_agrees_with_the_looked_after_return(made: GenerationSummary, tmp_path: Path) -> None:
    source, record = SOURCES["annex_a"], pd.read_parquet(made.out / "truth/record.parquet")
    kinds = {kind.name: kind for kind in source.file_kinds}
    assert source.workbook is not None
    for path in sorted((made.out / "landing/annex_a").rglob("*.xlsx")):
        la, folder = path.parts[-4], tmp_path / path.parts[-4]
        found = read_workbook(path, source.workbook, kinds, hashlib.sha256(path.read_bytes()).hexdigest(), {"period": "2026-03"}, {name: folder / name for name in kinds})
        assert (found.status, found.reasons, found.kinds) == ("accepted", [], list(kinds))
        lists = {name: pd.read_parquet(folder / name) for name in kinds if (folder / name).exists()}
        known = set(record.loc[(record["source"] == "annex_a") & (record["controller"] == la), "local_id"])
        assert {child for name, listed in lists.items() if name != "list_11" for child in listed["child_unique_id"]} == known
        care = lists["list_8"]
        episodes = rows(made.out / f"landing/ssda903/{la}/2025-26/v1/episodes.csv")
        in_care = set(episodes.loc[(episodes["DEC"] == "") & (episodes["LS"] != "V3"), "CHILD"]) - {""}
        assert set(care.loc[care["looked_after_end_date"].isna(), "child_unique_id"]) == in_care


def test_numbers_are_valid_and_out_of_issue(made: GenerationSummary) -> None:
    numbers = rows(made.out / "landing/pds/X26/2026-03/v1/person.csv")["nhs_number"]
    numbers = numbers[numbers != ""]
    assert numbers.is_unique
    assert numbers.str.startswith("999").all()
    assert all(nhs.is_valid(number) for number in numbers)
    pupils = pd.concat(rows(p) for p in (made.out / "landing/school_census").rglob("*_pupilonroll.csv"))
    upns = set(pupils["upn"]) | set(pupils["formerupn"])
    assert all(upn.is_valid(number) for number in upns - {""})


def test_lists_lag_behind_the_spine_and_clinics_lack_numbers(made: GenerationSummary) -> None:
    spine = rows(made.out / "landing/pds/X26/2026-03/v1/registration.csv")
    lasts = set(spine.loc[spine["effective_to"] == "", "practice_code"] + "/" + spine.loc[spine["effective_to"] == "", "nhs_number"])
    patients = rows(made.out / "landing/gp_events/QRV/2026-03/v1/patient.csv")
    listed = patients[patients["reg_end"] == ""]
    left = ~(listed["practice_code"] + "/" + listed["nhs_number"]).isin(lasts)
    assert 0.03 < left.mean() < 0.08  # 5 % who left, and the few whose number is wrong
    index = pd.concat(rows(path) for path in (made.out / "landing/csds").rglob("CYP001MPI.csv")).drop_duplicates("LOCAL PATIENT IDENTIFIER (EXTENDED)")
    assert 0.01 < (index["NHS NUMBER"] == "").mean() < 0.09


def test_stock_on_each_31_march_is_the_published_one(made: GenerationSummary) -> None:
    assert made.looked_after_on_31_march["207"] == {"2023": 105, "2024": 122, "2025": 106, "2026": 106}
    assert made.looked_after_on_31_march["310"] == {"2023": 179, "2024": 180, "2025": 176, "2026": 176}


def test_stock_in_the_files_is_close_to_the_published_one(made: GenerationSummary) -> None:
    for la, published in (("207", 106), ("310", 176)):
        versions = sorted((made.out / "landing/ssda903" / la / "2024-25").iterdir())
        episodes = rows(versions[-1] / "episodes.csv")
        looked_after = episodes.loc[(episodes["DEC"] == "") & ~episodes["LS"].isin(["V3", "V4"]), "CHILD"]
        assert abs(looked_after.nunique() - published) <= 3


def in_order(world: World) -> pd.DataFrame:
    return world.spells.sort_values(["la", "child", "decom"], kind="stable").reset_index(drop=True)


def test_episodes_follow_one_another(world: World) -> None:
    spells = in_order(world)
    same_child = (spells["la"] == spells["la"].shift(-1)) & (spells["child"] == spells["child"].shift(-1))
    following = spells.shift(-1)
    assert (spells["dec"] > spells["decom"]).all()
    assert (following["decom"] >= spells["dec"])[same_child].all()
    linked = spells["rec"] == "X1"
    assert (same_child & (following["decom"] == spells["dec"]))[linked].all()
    assert ((spells["dec"] == OPEN) == (spells["rec"] == "")).all()
    starts = spells["rne"] == "S"
    assert (starts == ~linked.shift(1, fill_value=False)).all()


def test_reasons_agree_with_what_changed(world: World) -> None:
    spells = in_order(world)
    before = spells.shift(1)
    going_on = spells["rne"] != "S"
    law_changed = spells["ls"] != before["ls"]
    moved = spells["move"] != before["move"]
    assert (law_changed == spells["rne"].isin(["L", "B", "U"]))[going_on].all()
    assert (moved == spells["rne"].isin(["P", "B"]))[going_on].all()
    ended = spells["reason"] != ""
    next_rne = spells["rne"].shift(-1)
    assert (ended == ((spells["rec"] == "X1") & next_rne.isin(["P", "B", "T", "U"]))).all()


def test_placements_fit_age_and_legal_status(world: World) -> None:
    spells = world.spells
    age = (spells["decom"] - world.people["dob"].to_numpy()[spells["child"]]) / YEAR
    assert (age >= 0).all()
    assert (age < 18).all()
    assert age[spells["place"].isin(["K3", "H5"])].min() >= 16
    assert age[spells["place"] == "S1"].min(skipna=True) >= 4 or not (spells["place"] == "S1").any()
    assert not ((spells["place"] == "P1") & spells["ls"].isin(["V2", "V3"])).any()
    assert (spells.loc[spells["place"].isin(["A5", "A6"]), "ls"] == "E1").all()
    assert spells.loc[spells["rec"].isin(["E11", "E12"]), "place"].isin(["A5", "A6"]).all()
    assert ((spells["place"] == "P1") == (spells["provider"] == "PR0")).all()
    emergency = spells["ls"] == "L2"
    assert (spells["dec"] - spells["decom"])[emergency].max() <= 21


def test_an_open_episode_is_repeated_unchanged_next_year(world: World) -> None:
    sent = {(d.controller, d.period): d for d, _ in ssda903(world, register(world))}
    same = ["CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "HOME_POST", "PL_POST", "URN"]
    for la in BOROUGHS:
        for before, after in (("2023-24", "2024-25"), ("2024-25", "2025-26")):
            earlier, later = (sent[(la, period)].files["episodes.csv"][1] for period in (before, after))
            still_open = set(earlier.loc[earlier["DEC"] == "", same].itertuples(index=False, name=None))
            assert still_open
            assert still_open <= set(later[same].itertuples(index=False, name=None))


def test_adoption_makes_another_person(world: World) -> None:
    people = world.people
    new = people[people["former_number"] >= 0]
    assert len(new) > 0
    old = people.loc[new["former_number"]]
    assert (new["nhs_number"].to_numpy() != old["nhs_number"].to_numpy()).all()
    assert (new["identity_from"].to_numpy() == old["identity_to"].to_numpy()).all()


def test_the_truth_says_whose_former_life_is_whose(made: GenerationSummary, world: World) -> None:
    told = pd.read_parquet(made.out / "truth/person.parquet").set_index("truth_person_id")["former_person_id"].dropna()
    adopted = world.people["former_number"][world.people["former_number"] >= 0]
    assert told.to_dict() == (adopted + 1).set_axis(adopted.index + 1).to_dict() != {}


def test_every_adoption_is_sealed_under_what_both_lives_are_known_by(made: GenerationSummary, world: World) -> None:
    people = world.people
    new = people[people["former_number"] >= 0]
    seals = pd.concat(rows(path) for path in (made.out / "landing/objections").rglob("adoption_seal.csv"))
    former = people.loc[new["former_number"], "nhs_number"]
    assert set(zip(seals["former_nhs_number"], seals["new_nhs_number"], strict=True)) == set(zip(former, new["nhs_number"], strict=True))
    returned = set(pd.concat(rows(path) for path in (made.out / "landing/ssda903").rglob("header.csv"))["CHILD"])
    assert set(seals["child_id"]) <= returned | {""} and (seals["child_id"] != "").any()


def test_about_three_people_in_a_hundred_opted_out(made: GenerationSummary) -> None:
    numbers = rows(made.out / "landing/objections/X26/2026-03/v1/national_data_opt_out.csv")["nhs_number"]
    truth = pd.read_parquet(made.out / "truth/person.parquet")["has_opted_out"]
    assert numbers.is_unique and len(numbers) == truth.sum()
    assert 0.015 < truth.mean() < 0.045


def test_births_together_share_birth_date_and_family(world: World) -> None:
    several = world.people[(world.people["multiple"] >= 0) & (world.people["former_number"] < 0)]
    born = several.groupby("multiple")
    assert (born["dob"].nunique() == 1).all()
    assert (born["family"].nunique() == 1).all()
    assert not several.duplicated(["multiple", "birth_order"]).any()


def test_boroughs_by_name_number_and_group() -> None:
    assert boroughs("nwl") == ["205", "207", "213", "304", "307", "310", "312", "313"]
    assert len(boroughs("london")) == 33
    assert boroughs("Brent, ealing") == boroughs("304,307") == ["304", "307"]


def test_an_unknown_borough_is_refused_with_the_valid_names() -> None:
    with pytest.raises(ValueError, match="Kensington and Chelsea"):
        boroughs("Brent,Croyden")


def test_two_processes_write_the_same_bytes(made: GenerationSummary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppliers, "_LARGE", 0)
    by_two = generate(tmp_path / "by two", BOROUGHS, SAMPLE, seed=3)
    assert contents(by_two.out) == contents(made.out)


def test_published_figures_are_met(made: GenerationSummary) -> None:
    table = pd.read_csv(made.out / "calibration.csv", dtype={"la": str, "year": str})
    published = table[table["measure"].str.startswith("cla_") | table["measure"].str.contains("mental-health contact")]
    assert set(published["la"]) == set(BOROUGHS)
    assert len(published) > 80
    assert published["met"].mean() >= 0.95
    assert (made.out / "calibration.html").read_text(encoding="utf-8").count("<tr>") > len(table)


def test_the_report_says_how_much_was_delivered_of_each_source(made: GenerationSummary, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = pd.read_csv(made.out / "deliveries.csv").set_index("source")
    landing = made.out / "landing"
    assert set(sizes.index) == {folder.name for folder in landing.iterdir()} | {"all"}
    assert sizes.loc["all", "rows"] == sum(made.rows.values()) == sizes["rows"].sum() / 2
    pds = [path for path in (landing / "pds").rglob("*.csv")]
    assert (sizes.loc["pds", "files"], sizes.loc["pds", "megabytes"]) == (len(pds), round(sum(path.stat().st_size for path in pds) / 1e6, 1))
    print_report(Console(width=200), made.out)
    assert f"{sizes.loc['all', 'rows']:,}" in capsys.readouterr().out


def test_without_errors_and_for_one_year_only(tmp_path: Path) -> None:
    clean = generate(tmp_path / "clean", ["207"], SAMPLE, seed=3, errors=0.0, years=1)
    landing = clean.out / "landing"
    assert {p.name for p in (landing / "ssda903/207").iterdir()} == {"2025-26"}
    assert {p.name for p in (landing / "school_census/207").iterdir()} == {"2025-summer", "2025-autumn", "2026-spring"}
    them = make_world(load(["207"]), SAMPLE, seed=3).people.set_index("nhs_number")
    spine = rows(landing / "pds/X26/2026-03/v1/person.csv").set_index("nhs_number")
    spine = spine[spine.index.isin(them.index)]
    assert (spine["family_name"] == them["surname"].loc[spine.index]).all()


def test_quotas_are_met_where_rows_are_able() -> None:
    cell, quota = np.array([0, 0, 0, 0, 1, 2]), np.array([2, 2, 2])
    able = np.ones((6, 3), dtype=bool)
    able[:3, 2] = False
    met = to_quota(cell, quota, able, stream(1, "quotas"))
    assert np.bincount(met).tolist() == [2, 2, 2]
    assert met[3] == 2  # the only one able to go there
    assert np.bincount(to_quota(cell, quota, np.zeros_like(able), stream(1, "quotas"))).tolist() == [4, 1, 1]


def test_sample_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sample"):
        generate(tmp_path / "x", ["207"], 0.0, seed=1)
