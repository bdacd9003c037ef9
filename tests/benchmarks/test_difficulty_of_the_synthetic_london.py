"""Simple published linkers, run on the delivered files of the synthetic London: a good score means something only if theirs is not.

Results are printed beside the published ones. Steps marked "supposed" are not laid out in what is published of them. The
ranges asserted are wide: they tell a population that has become trivial or hopeless.
"""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table as Grid

from cyplink import synthetic

pytestmark = pytest.mark.bench
BOROUGHS, SAMPLE = os.environ.get("CYPLINK_BENCH_BOROUGHS", "nwl"), float(os.environ.get("CYPLINK_BENCH_SAMPLE", "0.05"))
_SOUNDEX = {letter: digit for digit, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for letter in letters}
# ECHILD, Libuy et al. 2021: pupils to the NHS spine, first step that gives one candidate
ECHILD = (
    ("1 exact names, birth date, sex, postcode", "a.fn = b.fn and a.sn = b.sn and a.dob = b.dob and a.sex = b.sex and a.pc = b.pc"),
    ("2 soundex of names, birth date, sex, postcode", "a.fnx = b.fnx and a.snx = b.snx and a.dob = b.dob and a.sex = b.sex and a.pc = b.pc"),
    ("3 initial, three letters, birth date, sex, postcode", "a.fn[1] = b.fn[1] and a.sn[:3] = b.sn[:3] and a.dob = b.dob and a.sex = b.sex and a.pc = b.pc"),
    ("4 initial, three letters, birth date, postcode (supposed)", "a.fn[1] = b.fn[1] and a.sn[:3] = b.sn[:3] and a.dob = b.dob and a.pc = b.pc"),
    ("5 birth date, sex, postcode (supposed)", "a.dob = b.dob and a.sex = b.sex and a.pc = b.pc"),
    ("6 month of birth, sex, postcode (supposed)", "a.dob[:7] = b.dob[:7] and a.sex = b.sex and a.pc = b.pc and a.fn[1] = b.fn[1]"),
    ("7 exact names, birth date, sex (supposed)", "a.fn = b.fn and a.sn = b.sn and a.dob = b.dob and a.sex = b.sex"),
    ("8 initial, three letters, birth date, sex (supposed)", "a.fn[1] = b.fn[1] and a.sn[:3] = b.sn[:3] and a.dob = b.dob and a.sex = b.sex"),
)
# Names, birth date and postcode as CRIS-NPD used them (Downs et al. 2019): exact, then fuzzy
NAMES_DATE_POSTCODE = (
    ("exact names and birth date", "a.fn = b.fn and a.sn = b.sn and a.dob = b.dob"),
    ("names alike, birth date", "jaro_winkler_similarity(a.fn, b.fn) > .9 and jaro_winkler_similarity(a.sn, b.sn) > .9 and a.dob = b.dob"),
    ("one name alike, birth date, postcode", "(jaro_winkler_similarity(a.fn, b.fn) > .9 or jaro_winkler_similarity(a.sn, b.sn) > .9) and a.dob = b.dob and a.pc = b.pc"),
    ("exact names, postcode", "a.fn = b.fn and a.sn = b.sn and a.pc = b.pc"),
)


def _soundex(name: str) -> str:
    digits = [_SOUNDEX.get(letter, 0) for letter in name if letter not in "HW"]
    kept = [d for i, d in enumerate(digits) if d and (i == 0 or d != digits[i - 1])][bool(digits and digits[0]) :]
    return (name[:1] + "".join(map(str, kept)) + "000")[:4]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    out = tmp_path_factory.mktemp("difficulty") / "synthetic"
    synthetic.generate(out, synthetic.boroughs(BOROUGHS), SAMPLE, 1)
    con = duckdb.connect()
    con.create_function("soundex", _soundex, ["VARCHAR"], "VARCHAR", null_handling="special")
    _views(con, out)
    return con


def _views(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    def read(pattern: str) -> str:
        return f"read_csv('{out.as_posix()}/landing/{pattern}', header = true, all_varchar = true, union_by_name = true, filename = true)"

    con.execute(f"create table truth as select * from '{out.as_posix()}/truth/record.parquet'")
    con.execute(f"create table people as select * from '{out.as_posix()}/truth/person.parquet'")
    con.execute("create macro plain(x) as regexp_replace(upper(x), '[^A-Z]', '', 'g')")
    con.execute("create macro tight(x) as replace(upper(x), ' ', '')")
    con.execute(f"""create table pupil as select p.*, a.postcode, s.estab || '/' || p.upn as local_id, strftime(try_strptime(p.dob, '%Y-%b-%d %H:%M:%S'), '%Y-%m-%d') as born
        from {read("school_census/*/*/v1/*_pupilonroll.csv")} p left join {read("school_census/*/*/v1/*_addresses.csv")} a using (pupilonrolltableid)
        join {read("school_census/*/*/v1/*_schoolcensus.csv")} s using (schoolcensustableid) where p.upn <> ''""")
    con.execute("""create table school as select distinct t.truth_person_id as id, plain(forename) as fn, plain(surname) as sn, born as dob, sex,
        tight(postcode) as pc, soundex(plain(forename)) as fnx, soundex(plain(surname)) as snx
        from pupil join truth t on t.source = 'school_census' and t.local_id = pupil.local_id where born is not null""")
    con.execute(f"""create table spine as select distinct p.nhs_number as id, plain(given_name) as fn, plain(family_name) as sn, date_of_birth as dob,
        case gender when '1' then 'M' when '2' then 'F' end as sex, tight(a.postcode) as pc, soundex(plain(given_name)) as fnx, soundex(plain(family_name)) as snx
        from {read("pds/X26/*/v1/person.csv")} p left join {read("pds/X26/*/v1/address.csv")} a using (nhs_number) where p.nhs_number <> ''""")
    con.execute("create table owner as select local_id as id, truth_person_id as person from truth where source = 'pds'")
    con.execute(f"""create table patient as select distinct t.truth_person_id as id, s.fn, s.sn, m.PersonBirthDate as dob, tight(m.Postcode) as pc
        from {read("mhsds/*/*/v1/MHS001MPI.csv")} m join truth t on t.source = 'mhsds' and t.local_id = m.LocalPatientID
        join owner o on o.person = t.truth_person_id join (select distinct id, fn, sn from spine) s on s.id = o.id
        join people on people.truth_person_id = t.truth_person_id where people.date_of_birth between date '2008-09-01' and date '2021-08-31'""")
    con.execute(f"""create table known as select t.truth_person_id as id, c.pers_upn as upn from {read("case_management/*/*/v1/ssd_person.csv")} c
        join truth t on t.source = 'case_management' and t.local_id = c.pers_person_id
        join people on people.truth_person_id = t.truth_person_id where people.date_of_birth between date '2009-09-01' and date '2020-08-31'""")


def _linked(con: duckdb.DuckDBPyConnection, left: str, right: str, steps: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """id, candidate and step of each row of `left` that one step or another gives exactly one candidate."""
    con.execute("create or replace table link (id bigint, candidate varchar, step integer)")
    for number, (_, rule) in enumerate(steps, 1):
        con.execute(f"""insert into link select a.id, cast(min(b.id) as varchar), {number} from {left} a join {right} b on {rule}
            where a.id not in (select id from link) group by a.id having count(distinct b.id) = 1""")
    return con.execute("select * from link order by id").df()


def _share(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    found = con.execute(sql).fetchone()
    assert found is not None
    return float(found[0])


def test_published_linkers_find_the_synthetic_london_as_hard(lake: duckdb.DuckDBPyConnection) -> None:
    grid = Grid(title=f"Simple linkers on the synthetic London ({BOROUGHS}, sample {SAMPLE})")
    for name in ("linker", "linked", "of them right", "published", "source"):
        grid.add_column(name, justify="right" if name in ("linked", "of them right") else "left")
    pupils = _share(lake, "select count(distinct id) from school")
    echild = _linked(lake, "school", "spine", ECHILD)
    lake.register("echild", echild)
    right = _share(lake, "select avg((o.person = e.id)::int) from echild e join owner o on o.id = e.candidate")
    linked = len(echild) / pupils
    grid.add_row("ECHILD, eight steps: pupils to spine", f"{linked:.1%}", f"{right:.2%}", "95 %; 92 to 99 by birth year", "Libuy 2021")
    for number, (name, _) in enumerate(ECHILD, 1):
        grid.add_row(f"  {name}", f"{(echild['step'] == number).sum() / pupils:.1%}", "", "", "")
    seen = _share(lake, "select count(distinct id) from patient")
    camhs = _linked(lake, "patient", "school", NAMES_DATE_POSTCODE)
    of_patients = len(camhs) / seen
    correct = float((camhs["candidate"].astype("int64") == camhs["id"]).mean())
    grid.add_row("names, birth date, postcode: mental-health patients to pupils", f"{of_patients:.1%}", f"{correct:.2%}", "78-87 %", "Downs 2019")
    by_upn = _share(lake, "select avg((upn in (select upn from pupil))::int) from known")
    grid.add_row("UPN alone: school-age children known to councils to pupils", f"{by_upn:.1%}", "", "about 80 %", "supposed")
    pairs = _share(lake, """select count(distinct a.id) / (select count(distinct id) from spine) from spine a join spine b on a.dob = b.dob and a.sex = b.sex and a.pc = b.pc
        and a.id <> b.id join owner o on o.id = a.id join people p on p.truth_person_id = o.person where p.multiple_birth_id is null""")  # fmt: skip
    grid.add_row("same sex, birth date and postcode as another child, no twin", f"{pairs:.3%}", "", "93,000 records", "HES 2006/07")
    Console(width=130).print(grid)
    assert 0.90 <= linked <= 0.99
    assert right > 0.98
    assert 0.75 <= of_patients <= 0.92
    assert 0.6 <= by_upn <= 0.9
