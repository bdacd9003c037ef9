"""Annex A deliveries: one workbook per council for March 2026, its headings, categories and dates spelt as that council spells them.

Three ways to spell, in turn: as Ofsted does; short headings under two title rows, labels without their letter, dates as text here and there;
capitals and line breaks in headings, codes in place of labels, all dates as text, a column nobody asked for.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic.annex_a_lists import Council, ages, council, lists_of
from cyplink.synthetic.calibration import HERE
from cyplink.synthetic.days import OPEN, spell
from cyplink.synthetic.deliveries import Delivery, WholeFile, layout
from cyplink.synthetic.streams import Random, Texts, happens, stream
from cyplink.synthetic.world import World
from cyplink.workbooks import Sheet, Value, workbook_bytes

FILE = "annex_a.xlsx"
LISTS = tuple(f"list_{number}" for number in range(1, 12))
OFSTED, SHORT, LOUD = range(3)
_SHORT_HEADINGS = {
    "Child Unique ID": "Child ID", "Gender": "Sex", "Ethnicity": "Ethnic origin", "Date of Birth": "DOB", "Age of Child (Years)": "Age",
    "Date of Contact": "Contact date", "Contact Source": "Source of contact", "Date of referral": "Referral date", "Referral Source": "Source of referral",
    "Referral NFA?": "NFA", "CIN Start Date": "CIN plan start date", "Primary Need Code": "Primary need", "Child Protection Plan Start Date": "CPP start date",
    "Child Protection Plan End Date": "CPP end date", "Latest Category of Abuse": "Latest category", "Date Started to be Looked After": "LAC start date",
    "Date Ceased to be Looked After": "LAC end date", "Placement postcode": "Post code of placement",
}  # fmt: skip
_CODES = {
    "Male": "M", "Female": "F", "Yes": "Y", "No": "N", "Neglect": "NEG", "Emotional Abuse": "EMO", "Physical Abuse": "PHY", "Sexual Abuse": "SAB",
    "Multiple": "MUL", "Abuse or neglect": "N1", "Schools": "School", "Police": "Police (Merlin)", "Health Services": "Health",
}  # fmt: skip


def deliveries(world: World, records: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """Each council's delivery with its truth rows; `records` is the councils' register, whose ids, birth dates and sex the lists repeat."""
    for place, la in enumerate(world.las):
        rng = stream(world.seed, "annex a", la)
        who = council(world, records, la)
        lists = {name: _whole(rows, who) for name, rows in lists_of(world, la, who, rng).items()}
        style = place % 3
        content = workbook_bytes([_cover(la), *(_sheet(name, lists[name], style, rng) for name in LISTS)], compressed=False)
        listed = np.unique(np.concatenate([rows["person"].to_numpy() for rows in lists.values() if "person" in rows]))
        truth = pd.DataFrame({"source": "annex_a", "controller": la, "local_id": who.children["id"].loc[listed].to_numpy(), "person": listed})
        made = {FILE: WholeFile(content, len(lists["list_1"]), {name: len(rows) for name, rows in lists.items()})}
        yield Delivery("annex_a", la, "2026-03", "2026-04-20", {}, whole_files=made), truth


def _whole(rows: pd.DataFrame, who: Council) -> pd.DataFrame:
    """The list with the columns all lists of children share."""
    if "person" not in rows:
        return rows
    child = who.children.loc[rows["person"]].reset_index(drop=True)
    shared = pd.DataFrame(
        {
            "Child Unique ID": child["id"], "Gender": np.where(child["sex"] == "M", "Male", "Female"), "Ethnicity": child["group"], "_ethnic": child["ethnic"],
            "Date of Birth": child["dob"], "Age of Child (Years)": ages(child["dob"].to_numpy()),
        }
    )  # fmt: skip
    return pd.concat([rows.reset_index(drop=True), shared], axis=1)


def _cover(la: str) -> Sheet:
    return Sheet("Guidance", [(f"Annex A child-level lists, authority {la}",), (), ("One list a sheet; dates as dd/mm/yyyy.",)], guarded=False)


def _sheet(name: str, rows: pd.DataFrame, style: int, rng: Random) -> Sheet:
    columns = layout("annex_a", name)
    cells = [_cells(rows, name, column, style, rng) for column in columns]
    headings: list[Value] = [_heading(column, style) for column in columns]
    if style == LOUD:
        headings.append("Ward")
        cells.append(["WARD " + str(1 + place % 20) for place in range(len(rows))])
    titles: list[Sequence[Value]] = [(f"{name.replace('_', ' ').title()}",), ()] if style == SHORT else []
    number = name.removeprefix("list_")
    title = {OFSTED: f"List {number}", SHORT: f"{number} of 11", LOUD: f"ANNEX A - {number}"}[style]
    return Sheet(title, [*titles, headings, *zip(*cells, strict=True)], frozenset({len(titles) + 1}), guarded=False)


def _heading(column: str, style: int) -> str:
    if style == SHORT:
        return _SHORT_HEADINGS.get(column, column)
    return column.upper().replace(" ", "\n", 1) if style == LOUD else column


def _cells(rows: pd.DataFrame, name: str, column: str, style: int, rng: Random) -> list[Value]:
    """A column as this council's cells: dates as dates or text, categories by label, letter and label, or code."""
    if column not in rows:
        return [None] * len(rows)
    values = rows[column].to_numpy()
    if _is_day(column):
        return _dates(values.astype(np.int64), style, rng)
    if values.dtype != object:
        return [int(value) for value in values]
    if column == "Ethnicity" and style == LOUD and "_ethnic" in rows:
        return [f"{code} - {group}" for code, group in zip(rows["_ethnic"], values, strict=True)]
    letters = _letters().get((name, column), {})
    if style == OFSTED:
        return [letters.get(value, value) or None for value in values]
    return [(_CODES.get(value, value) if style == LOUD else value) or None for value in values]


def _is_day(column: str) -> bool:
    return bool(re.search(r"\bdate\b", column, re.IGNORECASE))


def _dates(days: np.ndarray, style: int, rng: Random) -> list[Value]:
    texts: Texts = spell(days, "uk")
    typed = np.ones(len(days), dtype=bool) if style == LOUD else happens(rng, 0.05 if style == SHORT else 0.0, len(days))
    first = date(1970, 1, 1)
    return [None if day == OPEN else text if is_text else first + timedelta(days=int(day)) for day, text, is_text in zip(days, texts, typed, strict=True)]


@cache
def _letters() -> dict[tuple[str, str], dict[str, str]]:
    """`a) Male` for `Male`, by list and column, from annex_a_labels.csv (list, column, label, marked): the standard's own spelling."""
    table = pd.read_csv(HERE / "annex_a_labels.csv", dtype=str, keep_default_na=False)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in table.itertuples(index=False):
        found.setdefault((str(row.list), str(row.column)), {})[str(row.label)] = str(row.marked)
    return found
