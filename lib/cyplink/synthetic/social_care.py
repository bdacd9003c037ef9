"""Councils' case-management systems: who each council knows, as it wrote them down, with duplicates and gaps.

The register also says under which number SSDA903 returns a child: for a few it is the number of a system since replaced.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic import errors
from cyplink.synthetic.calibration import ethnic_groups
from cyplink.synthetic.days import OPEN, YEAR, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.identifiers import council_numbers
from cyplink.synthetic.later import Later
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

_KNOWN_NOW = 0.036  # children in need on 31 March
_KNOWN_EVER = 0.10
_UPN_HELD = 0.93
"""Of the pupils it knows, those whose UPN a council has: in Wales 79 to 81 % of the census of children in need linked by UPN, and those without one were mostly under 3."""
_DUPLICATES = 0.015
_FIRST_NUMBER = 100_000
_REFERRED = 0.012  # of the children a council knows, those it has come to know in the quarter: judgement
_MOVES_TOLD = 0.8  # of moves, those a council hears of within the quarter
_FILL_LINKED_IDENTIFIERS = 3  # every third council fills ssd_linked_identifiers
_OFFICE_SHARE = 0.012  # of looked-after children whose address is a council office


def register(world: World) -> pd.DataFrame:
    """One row per council record: la, person, person_id, legacy_id, return_id (CHILD in SSDA903), is_duplicate, is_known_now,
    and the child as written: forename, middle, surname, dob, sex, ethnic, upn, nhs_number."""
    parts = [_register_of(world, borough.la) for borough in world.boroughs]
    return pd.concat(parts, ignore_index=True)


def in_need(records: pd.DataFrame, people: int) -> Flags:
    """Whether each person is a child in need by some council's register."""
    found = np.zeros(people, dtype=bool)
    found[records.loc[records["is_known_now"], "person"].to_numpy()] = True
    return found


def _register_of(world: World, la: str) -> pd.DataFrame:
    rng = stream(world.seed, "council", la)
    person = _known(world, la, rng)
    again = person[happens(rng, _DUPLICATES, len(person))]
    return _written(world, la, np.append(person, again), np.arange(len(person) + len(again)) >= len(person), rng)


def _written(world: World, la: str, person: Ints, is_duplicate: Flags, rng: Random, after: int = _FIRST_NUMBER) -> pd.DataFrame:
    """The council's records of the people, numbered from `after` on."""
    records = pd.DataFrame({"person": person, "is_duplicate": is_duplicate})
    them = world.people.iloc[person].reset_index(drop=True)
    records["la"] = la
    cared = ((them["responsible_la"] == la) & ~records["is_duplicate"]).to_numpy()
    records["person_id"] = council_numbers(len(records), rng, after)
    old = np.array([f"L{n}" for n in council_numbers(len(records), rng, after)], dtype=object)
    records["legacy_id"] = np.where(happens(rng, 0.35, len(records)), old, "")
    by_old = cared & happens(rng, 0.03, len(records))
    records.loc[by_old, "legacy_id"] = old[by_old]
    records["return_id"] = np.where(by_old, old, np.where(cared, records["person_id"], ""))
    records["is_known_now"] = cared | happens(rng, _KNOWN_NOW / _KNOWN_EVER, len(records))
    written = errors.written_down(them, world.factor[records["person"]], "council", rng)
    records = records.join(written)
    records["dob"] = _reassessed(them, records["dob"].to_numpy(), rng)
    records["ethnic"] = _ethnic(them, rng)
    records["upn"] = _upns(them, rng)
    records["nhs_number"] = _nhs_numbers(them, cared, records["is_known_now"].to_numpy(), rng)
    return records


def _known(world: World, la: str, rng: Random) -> np.ndarray:
    """Looked-after children of the council, a tenth of its other children, and some who have since moved elsewhere."""
    people, cared = world.people, world.people["is_looked_after"].to_numpy(dtype=bool)
    own = np.flatnonzero(world.responsible_number == int(la))
    others = np.flatnonzero((world.la_number == int(la)) & ~cared)
    needs = np.exp(0.5 * people["need"].to_numpy()[others] + 0.25 * (people["imd"].to_numpy()[others] <= 2))
    others = others[happens(rng, np.minimum(_KNOWN_EVER * needs / 1.3, 0.8), len(others))]
    moved = world.lived_in.get(int(la), others[:0])
    moved = moved[world.la_number[moved] != int(la)]
    moved = moved[happens(rng, np.where(cared[moved], 0.5, 0.1), len(moved))]
    return np.unique(np.concatenate([own, others, moved]))


def _reassessed(them: pd.DataFrame, dob: np.ndarray, rng: Random) -> np.ndarray:
    """After an age assessment the council holds another birth date than the one first given."""
    changed = them["is_uasc"].to_numpy() & happens(rng, 0.06, len(them))
    return np.where(changed, dob - round(YEAR), dob)


def _ethnic(them: pd.DataFrame, rng: Random) -> Texts:
    codes = ethnic_groups()["ethnic"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    other = pick(rng, ["MOTH", "OOTH", "WOTH", "BOTH", "AOTH"], len(them))
    codes = np.where(happens(rng, 0.04, len(them)), other, codes)
    return np.where(happens(rng, 0.012, len(them)), pick(rng, ["REFU", "NOBT"], len(them)), codes).astype(object)


def _upns(them: pd.DataFrame, rng: Random) -> Texts:
    held = happens(rng, _UPN_HELD, len(them))
    old = (them["former_upn"] != "").to_numpy() & happens(rng, 0.5, len(them))
    return np.where(held, np.where(old, them["former_upn"], them["upn"]), "").astype(object)


def _nhs_numbers(them: pd.DataFrame, cared: Flags, known_now: Flags, rng: Random) -> Texts:
    held = happens(rng, np.where(cared, 0.90, np.where(known_now, 0.60, 0.25)), len(them))
    replaced = (them["superseded_nhs_number"] != "").to_numpy() & happens(rng, 0.5, len(them))
    number = np.where(replaced, them["superseded_nhs_number"], them["nhs_number"])
    mothers = happens(rng, 0.003, len(them))
    return np.where(held, np.where(mothers, them["mother_nhs_number"], number), "").astype(object)


def deliveries(world: World, records: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """One delivery per council with its truth rows (controller, local_id, person)."""
    for borough in world.boroughs:
        mine = records[records["la"] == borough.la].reset_index(drop=True)
        yield _delivery(borough.la, "2026-03", "2026-04-14", _tables(world, borough.la, mine), mine)


def _tables(world: World, la: str, mine: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The council's tables when the first period ends."""
    rng = stream(world.seed, "case management", la)
    tables = {"ssd_person": _persons(world, mine, rng), "ssd_address": _addresses(world, mine, rng)}
    if world.las.index(la) % _FILL_LINKED_IDENTIFIERS == 0:
        tables["ssd_linked_identifiers"] = _linked_identifiers(world, mine, stream(world.seed, "linked identifiers", la))
    return tables


def _delivery(la: str, period: str, created_on: str, tables: dict[str, pd.DataFrame], mine: pd.DataFrame) -> tuple[Delivery, pd.DataFrame]:
    truth = pd.DataFrame({"source": "case_management", "controller": la, "local_id": mine["person_id"], "person": mine["person"]})
    return Delivery("case_management", la, period, created_on, {f"{kind}.csv": (kind, rows) for kind, rows in tables.items()}), truth


def new_records(then: Later, records: pd.DataFrame) -> pd.DataFrame:
    """Records, as those of `register`, of whom each council came to know in the quarter: children of its own, children who moved in whom their last council knew,
    and babies of families it knows. `records`: the register before."""
    people, parts = then.after.people, []
    for la in then.before.las:
        rng, mine = then.stream("council", la), records[records["la"] == la]
        known = mine["person"].to_numpy()
        strangers = np.setdiff1d(np.flatnonzero(then.before.la_number == int(la)), known)
        strangers = strangers[~people["is_looked_after"].to_numpy(dtype=bool)[strangers] & (people["died_on"] == OPEN).to_numpy()[strangers]]
        referred = rng.permutation(strangers)[: max(round(_REFERRED * len(known)), 1)]
        came = then.moves.loc[(then.moves["to_la"] == la) & (then.moves["from_la"] != la), "person"].to_numpy()
        came = came[np.isin(came, records["person"]) & ~np.isin(came, known) & happens(rng, 0.6, len(came))]
        born = then.born[np.isin(people["family"].to_numpy()[then.born], people["family"].to_numpy()[known])]
        person = np.unique(np.concatenate([referred, came, born[happens(rng, 0.4, len(born))]]))
        after = max(int(number.removeprefix("L")) for column in ("person_id", "legacy_id", "return_id") for number in mine[column] if number)
        parts.append(_written(then.after, la, person, np.zeros(len(person), dtype=bool), rng, after))
    return pd.concat(parts, ignore_index=True)


def deliveries_later(then: Later, records: pd.DataFrame, new: pd.DataFrame) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """The systems of June 2026: the tables of March with the moves told since, deaths, and the `new` records. `records`: those of March, as they are now."""
    for la in then.before.las:
        old, come = (rows[rows["la"] == la].reset_index(drop=True) for rows in (records, new))
        yield _delivery(la, "2026-06", "2026-07-14", _tables_later(then, la, old, come), pd.concat([old, come], ignore_index=True))


def _tables_later(then: Later, la: str, old: pd.DataFrame, come: pd.DataFrame) -> dict[str, pd.DataFrame]:
    rng, tables = then.stream("case management", la), _tables(then.before, la, old)
    died = spell(then.after.people["died_on"].to_numpy()[old["person"]], "iso_midnight")
    of_new = {"ssd_person": _persons(then.after, come, rng), "ssd_address": _addresses(then.after, come, rng)}
    if "ssd_linked_identifiers" in tables:
        of_new["ssd_linked_identifiers"] = _linked_identifiers(then.after, come, then.stream("linked identifiers", la))
    addresses = _moved_addresses(then, tables["ssd_address"], old, rng)
    both = {**tables, "ssd_person": tables["ssd_person"].assign(pers_death_date=died), "ssd_address": addresses}
    made = {kind: pd.concat([rows, of_new[kind]], ignore_index=True) for kind, rows in both.items()}
    for kind, column, letter in (("ssd_address", "addr_table_id", "A"), ("ssd_linked_identifiers", "link_table_id", "I")):
        if kind in made:
            made[kind][column] = [f"{letter}{n}" for n in range(1, len(made[kind]) + 1)]
    return made


def _moved_addresses(then: Later, addresses: pd.DataFrame, old: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The addresses with the ends of those left, and after them the new ones of the families whose move the council was told of."""
    moves = old[["person", "person_id"]].merge(then.stays[then.stays["person"] < len(then.before.people)], on="person", how="inner")
    moves = moves[happens(rng, _MOVES_TOLD, len(moves))]
    told = moves["start"].to_numpy() + rng.integers(0, 20, len(moves))
    moves = moves.assign(told=told)[told <= then.after.period.last_day].set_index("person_id")
    left = addresses["addr_person_id"].isin(moves.index) & (addresses["addr_address_end_date"] == "") & (addresses["addr_address_type"] == "HOME")
    ends = addresses["addr_address_end_date"].to_numpy(dtype=object).copy()
    ends[left] = spell(moves["told"].loc[addresses.loc[left, "addr_person_id"]].to_numpy(), "iso_midnight")
    homes = then.after.homes.iloc[moves["home"]].reset_index(drop=True)
    new = pd.DataFrame(
        {
            "addr_table_id": "", "addr_address_json": _json(homes, rng), "addr_person_id": moves.index.to_numpy(), "addr_address_type": "HOME",
            "addr_address_start_date": spell(moves["told"].to_numpy(), "iso_midnight"), "addr_address_end_date": "",
            "addr_address_postcode": homes["postcode"].str.replace(" ", "", regex=False).to_numpy(dtype=object),
        }
    )  # fmt: skip
    return pd.concat([addresses.assign(addr_address_end_date=ends), new.astype(object)], ignore_index=True)


def _persons(world: World, mine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    size = len(mine)
    them = world.people.iloc[mine["person"]].reset_index(drop=True)
    marked = mine["is_duplicate"].to_numpy() & happens(rng, 0.4, size)
    forename = mine["forename"].to_numpy(dtype=object)
    notes = pick(rng, [" (DUPLICATE)", " DUPLICATE", " - DUPLICATE DO NOT USE"], size)
    forename = np.where(marked, forename + notes, forename)
    titled = happens(rng, 0.7, size)
    surname = mine["surname"].to_numpy(dtype=object)
    dob = np.where(happens(rng, 0.006, size), OPEN, mine["dob"])
    age = (world.period.last_day - mine["dob"].to_numpy()) / YEAR
    unknown = np.where(mine["upn"] != "", "", np.where(age < 5, "UN1", np.where(them["is_uasc"], "UN2", "")))
    return pd.DataFrame(
        {
            "pers_legacy_id": mine["legacy_id"], "pers_person_id": mine["person_id"], "pers_upn": mine["upn"],
            "pers_forename": _as_typed(forename, titled), "pers_surname": _as_typed(surname, titled),
            "pers_sex": np.where(happens(rng, 0.006, size), "U", mine["sex"]),
            "pers_gender": np.where(happens(rng, 0.1, size), "00", np.where(mine["sex"] == "M", "01", "02")),
            "pers_ethnicity": mine["ethnic"], "pers_dob": spell(dob, "iso_midnight"),
            "pers_single_unique_id": mine["nhs_number"], "pers_upn_unknown": unknown,
            "pers_send_flag": np.where(happens(rng, np.where(them["is_looked_after"], 0.5, 0.2), size), "Y", "N"),
            "pers_expected_dob": "", "pers_death_date": spell(them["died_on"].to_numpy(), "iso_midnight"),
            "pers_is_mother": np.where((mine["sex"] == "F") & (age > 15) & happens(rng, 0.02, size), "Y", "N"),
            "pers_nationality": np.where(them["is_uasc"], pick(rng, ["AFG", "SDN", "ERI", "IRQ", "VNM", "ALB"], size), ""),
        }
    ).astype(object)  # fmt: skip


def _linked_identifiers(world: World, mine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """NHS numbers and UPNs, some of which the person table lacks, former UPNs, second ids, numbers of other systems, and placeholders."""
    them, size = world.people.iloc[mine["person"]], len(mine)
    former = them["former_upn"].to_numpy(dtype=object)
    kinds = (
        ("NHS Number", them["nhs_number"].to_numpy(dtype=object), happens(rng, 0.3, size)),
        ("NHS Number", np.full(size, "PLACEHOLDER_DATA", dtype=object), happens(rng, 0.02, size)),
        ("Unique Pupil Number", them["upn"].to_numpy(dtype=object), happens(rng, 0.3, size)),
        ("Former Unique Pupil Number", former, happens(rng, 0.5, size)),
        ("Case Number", mine["legacy_id"].to_numpy(dtype=object), happens(rng, 0.5, size)),
        ("YOT Number", np.array([f"Y{n:06d}" for n in rng.permutation(size)], dtype=object), happens(rng, 0.01, size)),
    )
    parts = [
        pd.DataFrame({"link_person_id": mine["person_id"].to_numpy()[there], "link_identifier_type": kind, "link_identifier_value": value[there]})
        for kind, value, held in kinds for there in [held & (value != "")]
    ]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True).sort_values("link_person_id", kind="stable", ignore_index=True)
    return rows.assign(link_table_id=[f"I{n}" for n in range(1, len(rows) + 1)], link_valid_from_date="", link_valid_to_date="").astype(object)


def _as_typed(texts: Texts, titled: Flags) -> Texts:
    """Capitals or Title Case, as the worker typed it."""
    return np.array([t.title() if is_title else t for t, is_title in zip(texts, titled, strict=True)], dtype=object)


def _addresses(world: World, mine: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Dated addresses, newest not always entered; some children have none; an office stands in for a few."""
    keyed = mine[["person", "person_id"]].assign(order=np.arange(len(mine)))
    stays = keyed.merge(world.stays, on="person", how="inner").sort_values(["order", "start"], kind="stable")
    lag = np.where(happens(rng, 0.4, len(stays)), rng.exponential(90, len(stays)), 0).astype(np.int64)
    stays["from"] = stays["start"] + np.where(stays["kind"] == "placement", lag // 4, lag)
    cared = world.people["is_looked_after"].to_numpy()[stays["person"]]
    kept = (stays["from"] <= world.period.last_day) & ~happens(rng, np.where(cared, 0.04, 0.15), len(stays))
    kept &= (stays["end"] > world.period.last_day - 3 * 365).to_numpy() | cared
    stays = stays[kept].reset_index(drop=True)
    homes = world.homes.iloc[stays["home"]].reset_index(drop=True)
    offices = world.homes[world.homes["la"] == mine["la"].iloc[0]].iloc[:1] if len(mine) else world.homes.iloc[:1]
    at_office = cared[kept.to_numpy()] & happens(rng, _OFFICE_SHARE, len(stays))
    for column in ("postcode", "street", "number"):
        homes[column] = np.where(at_office, offices[column].iloc[0], homes[column])
    ids = np.array([f"A{n}" for n in range(1, len(stays) + 1)], dtype=object)
    kind = stays["kind"].map({"home": "HOME", "after": "HOME", "placement": "PLACEMENT"})
    postcode = homes["postcode"].str.replace(" ", "", regex=False).to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "addr_table_id": ids, "addr_address_json": _json(homes, rng), "addr_person_id": stays["person_id"],
            "addr_address_type": kind, "addr_address_start_date": spell(stays["from"].to_numpy(), "iso_midnight"),
            "addr_address_end_date": spell(np.where(stays["end"] > world.period.last_day, OPEN, stays["end"]), "iso_midnight"),
            "addr_address_postcode": np.where(happens(rng, 0.02, len(stays)), "", postcode),
        }
    ).astype(object)  # fmt: skip


def _json(homes: pd.DataFrame, rng: Random) -> Texts:
    """The address as the Standard Safeguarding Dataset writes it; UPRN for 70 %."""
    with_uprn = happens(rng, 0.7, len(homes))
    columns = (homes["flat"], homes["number"], homes["street"], homes["uprn"].astype(str), with_uprn)
    texts = [
        f'{{"ROOM":"","FLOOR":"","FLAT":"{flat}","BUILDING":"","HOUSE":"{number}","STREET":"{street}","TOWN":"",'
        f'"UPRN":"{uprn if known else ""}","EASTING":"","NORTHING":""}}'
        for flat, number, street, uprn, known in zip(*columns, strict=True)
    ]
    return np.array(texts, dtype=object)
