"""A small made population for linkage tests: families with twins, moves, and three sources that each err in their way.

`made_population` gives silver.identity's linkage columns as an Arrow table, and the person each record is of.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa

FORENAMES = tuple(
    a + b for a in ("AL", "BRE", "CO", "DA", "EL", "FA", "GRE", "HA", "IS", "JO", "KA", "LU", "MA", "NO", "OS", "PE", "RA", "SU", "TO", "VI")
    for b in ("AN", "BEL", "DRIK", "FIE", "LOW", "MINA", "NUS", "RISA", "STON", "TAVIA", "VEN", "ZIM")
)
SURNAMES = tuple(a + b for a in FORENAMES[::3] for b in ("SON", "WELL", "KAR", "OVA", "MORE", "DI", "STRA", "HURST"))

SCHEMA = pa.schema([
    ("record_id", pa.int64()), ("record_version", pa.int64()), ("source", pa.string()), ("controller", pa.string()),
    ("forename", pa.string()), ("surname", pa.string()), ("forenames", pa.list_(pa.string())), ("surnames", pa.list_(pa.string())),
    ("date_of_birth", pa.date32()), ("date_of_birth_quality", pa.string()), ("sex", pa.string()),
    ("postcodes", pa.list_(pa.string())), ("uprns", pa.list_(pa.int64())), ("nhs_number", pa.int64()), ("nhs_number_status", pa.string()),
    ("upn", pa.string()), ("upns", pa.list_(pa.string())), ("main_registrations", pa.list_(pa.string())),
    ("multiple_birth_id", pa.string()), ("multiple_birth_order", pa.int32()), ("is_named", pa.bool_()),
])

MERGER_SCHEMA = pa.schema([("superseded_nhs_number", pa.int64()), ("current_nhs_number", pa.int64())])
NO_MERGERS = MERGER_SCHEMA.empty_table()


def _zipf(rng: np.random.Generator, values: tuple[str, ...]) -> str:
    weight = 1 / np.arange(1, len(values) + 1) ** 0.7
    return str(rng.choice(values, p=weight / weight.sum()))


def _misspell(rng: np.random.Generator, name: str) -> str:
    at = int(rng.integers(1, len(name) - 1))
    return name[:at] + name[at + 1:] if rng.random() < 0.5 else name[:at] + name[at + 1] + name[at] + name[at + 2:]


def record(record_id: int, source: str, **stated: object) -> dict[str, object]:
    """One row of silver.identity; lists follow from the single values unless stated."""
    row: dict[str, object] = {name: None for name in SCHEMA.names} | {
        "record_id": record_id, "record_version": record_id, "source": source, "controller": "X26" if source == "pds" else "304",
        "date_of_birth_quality": "recorded", "is_named": True, "postcodes": [], "uprns": [],
        "nhs_number_status": "01" if source == "pds" else None, "main_registrations": ["2026-spring"] if source == "school_census" else [],
    } | stated
    row["forenames"] = row["forenames"] or [n for n in [row["forename"]] if n]
    row["surnames"] = row["surnames"] or [n for n in [row["surname"]] if n]
    row["upns"] = row["upns"] or [u for u in [row["upn"]] if u]
    return row


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _children(rng: np.random.Generator, families: int) -> list[dict[str, object]]:
    children: list[dict[str, object]] = []
    for family in range(families):
        surname, uprn = _zipf(rng, SURNAMES), 10_000 + int(rng.integers(families))
        postcode = f"HA{uprn % 9 + 1}{uprn % 7 + 1}{chr(65 + uprn // 7 % 20)}{chr(65 + uprn // 140 % 20)}"
        born = dt.date(2008, 4, 1) + dt.timedelta(days=int(rng.integers(365 * 14)))
        for order in range(1 + int(rng.random() < 0.6) + int(rng.random() < 0.2)):
            twin = order == 1 and rng.random() < 0.05
            born = born if order == 0 or twin else born + dt.timedelta(days=int(rng.integers(400, 1400)))
            sex = "MF"[int(rng.integers(2))]
            children.append({
                "family": family, "forename": _zipf(rng, FORENAMES if sex == "M" else FORENAMES[::-1]), "middle": _zipf(rng, FORENAMES),
                "surname": surname, "date_of_birth": born, "sex": sex, "uprn": uprn, "postcode": postcode,
            })
    return children


def _name_as_delivered(rng: np.random.Generator, child: dict[str, object], source: str) -> tuple[str, str, set[str]]:
    """Forename, surname, and former surnames: misspelt, shortened, known by another name, changed."""
    forename, surname, former = str(child["forename"]), str(child["surname"]), set()
    at = rng.random()
    if at < 0.03:
        forename = _misspell(rng, forename)
    elif at < 0.04:
        forename = forename[:3]
    elif at < 0.047:
        forename = str(child["middle"])
    elif at < 0.05:
        forename = _zipf(rng, FORENAMES)
    if source != "pds" and rng.random() < 0.04:
        former = {surname} if rng.random() < 0.5 else set()
        surname = _zipf(rng, SURNAMES)
    elif rng.random() < 0.03:
        surname = _misspell(rng, surname)
    return forename, surname, former


def _birth_date_as_delivered(rng: np.random.Generator, born: dt.date) -> tuple[dt.date, str]:
    at = rng.random()
    if at < 0.006:
        born += dt.timedelta(days=1)
    elif at < 0.01 and born.day <= 12:
        born = born.replace(day=born.month, month=born.day)
    elif at < 0.012:
        born = born.replace(year=born.year - 1, day=min(born.day, 28))
    elif at < 0.014:
        return born.replace(month=1, day=1), "default_first_of_january"
    return born, "recorded"


def _place_as_delivered(rng: np.random.Generator, child: dict[str, object], number: int) -> dict[str, object]:
    at, postcode = rng.random(), str(child["postcode"])
    if at < 0.10:
        return {"postcodes": [f"UB{number % 9 + 1}{number % 5 + 1}ZZ"], "uprns": [9_000_000 + number]}
    if at < 0.13:
        return {"postcodes": [postcode[:-2] + "ZZ"], "uprns": []}
    return {"postcodes": [postcode], "uprns": [] if at < 0.2 else [child["uprn"]]}


def _delivered(rng: np.random.Generator, child: dict[str, object], number: int, source: str, record_id: int) -> dict[str, object]:
    forename, surname, former = _name_as_delivered(rng, child, source)
    born, quality = _birth_date_as_delivered(rng, child["date_of_birth"])  # type: ignore[arg-type]
    sex = "MF"[child["sex"] == "M"] if rng.random() < 0.004 else child["sex"]
    upn = f"A3042020{number:05d}" if source == "school_census" or (source == "case_management" and rng.random() < 0.5) else None
    nhs = 9_990_000_000 + number if source == "pds" or (source == "case_management" and rng.random() < 0.6) else None
    return record(
        record_id, source, forename=forename, surname=surname, surnames=sorted({surname, *former}), date_of_birth=born, date_of_birth_quality=quality,
        sex=sex, upn=upn, nhs_number=nhs, forenames=sorted({forename, str(child["middle"])}) if rng.random() < 0.6 else None,
        **_place_as_delivered(rng, child, number),
    )


def made_population(families: int = 1500, seed: int = 11) -> tuple[pa.Table, pd.DataFrame]:
    """silver.identity rows, and truth (record_id, truth_person_id, sex)."""
    rng = np.random.default_rng(seed)
    rows, truth = [], []
    for number, child in enumerate(_children(rng, families)):
        for source, share in (("pds", 0.99), ("school_census", 0.75), ("case_management", 0.2)):
            if rng.random() < share:
                record_id = 1 + len(rows) * 7919
                rows.append(_delivered(rng, child, number, source, record_id))
                truth.append((record_id, number, child["sex"]))
    return table(rows), pd.DataFrame(truth, columns=["record_id", "truth_person_id", "sex"])
