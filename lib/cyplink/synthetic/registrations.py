"""PDS deliveries: the NHS spine's person, address history, practice registration and merged numbers.

Everyone ever registered in the area, with those traced who live elsewhere; addresses follow a move after months. Children who came
from abroad and have never registered are missing.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic import errors, names
from cyplink.synthetic.calibration import HERE, ethnic_groups
from cyplink.synthetic.days import OPEN, REFERENCE_DAY, YEAR, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.homes import icb_of, town_of
from cyplink.synthetic.later import Later
from cyplink.synthetic.streams import Flags, Ints, Random, Texts, decimal, happens, pick, stream
from cyplink.synthetic.world import World

_CONTROLLER = "X26"
_NO_FIXED_ABODE = "ZZ99 3VZ"
_NOT_KNOWN = "ZZ99 3CZ"
_TOLD_LATE = 0.85
"""Of moves: with eight months' delay on average, four in ten are not on the spine after six months (Millett and others 2005)."""
_OFF_SPINE_BY_IMD = np.array([1.25, 1.25, 1.0, 0.7, 0.7])
_OFF_SPINE_IN_CARE = 0.01  # 99 % of looked-after children are registered (a case-note study of 297)
_OFF_SPINE_UNACCOMPANIED = 0.07
_NAMED_SINCE = 0.9  # of those called BABY three months before


def spine_addresses(world: World) -> pd.DataFrame:
    """What the spine knows of each stay: person, home, effective_from, effective_to, kind; a stay never told is absent."""
    return addresses_told(world, told_on(world, world.stays, _are_first(world.stays), stream(world.seed, "spine addresses")))


def _are_first(stays: pd.DataFrame) -> Flags:
    person = stays["person"].to_numpy()
    return np.append(True, person[1:] != person[:-1])


def told_on(world: World, stays: pd.DataFrame, first: Flags, rng: Random) -> pd.DataFrame:
    """The stays with `effective_from`, the day the spine is told of each, whenever that is. `first`: whether it is a person's first stay.

    Most moves reach the spine late, by eight months on average (mobile and minority families later).
    """
    size, person = len(stays), stays["person"].to_numpy()
    late = happens(rng, _TOLD_LATE, size)
    lag = np.where(
        late, rng.exponential(240, size) * np.sqrt(world.factor[person].clip(0.3, 3)), rng.integers(3, 30, size)
    )
    lag = np.where(first, rng.integers(0, 20, size), np.where(stays["kind"] == "placement", 0.4 * lag, lag)).astype(
        np.int64
    )
    return stays.assign(effective_from=stays["start"] + lag)


def addresses_told(world: World, told: pd.DataFrame) -> pd.DataFrame:
    """`spine_addresses` as they stand when the period ends. `told`: stays with the day the spine is told of them, in order of person and time."""
    told = told[
        (told["effective_from"] <= world.period.last_day)
        & (told["start"].to_numpy() < world.people["identity_to"].to_numpy()[told["person"].to_numpy()])
    ]
    # an address told after a later one is not recorded
    later = told[::-1].groupby("person")["effective_from"].cummin()[::-1].groupby(told["person"]).shift(-1)
    told = told[~(told["effective_from"] >= later)].reset_index(drop=True)
    owner = told["person"].to_numpy()
    follows = np.append(owner[1:] == owner[:-1], False)
    until = np.minimum(world.people["identity_to"].to_numpy()[owner], world.people["died_on"].to_numpy()[owner])
    told["effective_to"] = np.where(follows, np.append(told["effective_from"].to_numpy()[1:], OPEN), until)
    return pd.DataFrame(told[["person", "home", "effective_from", "effective_to", "kind"]])


def known_to_nhs(world: World, treated: Flags) -> Flags:
    """Whether each person is on the spine. `treated`: whom a hospital or mental-health service has seen in the year.

    Birth here gives an NHS number (since 2002) and treatment traces or allots one, so those who are missing came from abroad, the more of them
    the older, and have neither registered nor been treated. Shares by group (ethnic_groups.csv, off_spine) are judgement between
    published figures: 4.25 % of the people of Census 2021 were not found on the spine, more in London and in ethnic minorities
    (ONS); ECHILD's own synthetic data link 99 % of White British pupils and 90 to 97.5 % of each other group.
    """
    people, rng = world.people, stream(world.seed, "off the spine")
    share = ethnic_groups()["off_spine"].to_numpy()[people["ethnic"].to_numpy()] * _OFF_SPINE_BY_IMD[people["imd"].to_numpy() - 1]
    share = np.where(people["is_looked_after"] | people["is_hosted"], _OFF_SPINE_IN_CARE, share)
    share = np.where(people["is_uasc"], _OFF_SPINE_UNACCOMPANIED, share)
    years = np.maximum((REFERENCE_DAY - people["dob"].to_numpy()) // round(YEAR), 0)
    share = share * np.minimum(years / 5, 1)
    # all of them among those who were not treated at that age
    untreated = np.bincount(years[~treated], minlength=years.max() + 1) / np.maximum(np.bincount(years), 1)
    missing = happens(rng, np.minimum(share / np.maximum(untreated[years], 0.1), 0.5), len(people)) & ~treated
    adopted = people["former_number"].to_numpy()
    missing[adopted >= 0] = False
    missing[adopted[adopted >= 0]] = False
    return ~missing


def as_recorded(world: World) -> pd.DataFrame:
    """Forename, middle, surname, dob and sex of everybody as the spine has them, were they on it."""
    rng = stream(world.seed, "spine records")
    written = errors.written_down(world.people, world.factor, "spine", rng)
    years = written["dob"].to_numpy()
    january = world.people["is_uasc"].to_numpy() & happens(rng, 0.08, len(written))
    return written.assign(dob=np.where(january, years - years % 365, years))


def deliveries(world: World, addresses: pd.DataFrame, recorded: pd.DataFrame, is_known: Flags) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """The one spine delivery and its truth rows (controller, local_id, person). `recorded`: rows of `as_recorded`; `is_known`: of `known_to_nhs`."""
    yield _delivery(world, extract(world, addresses, recorded, is_known), np.flatnonzero(is_known), "2026-03", "2026-04-07")


def _delivery(world: World, tables: dict[str, pd.DataFrame], on_spine: Ints, period: str, created_on: str) -> tuple[Delivery, pd.DataFrame]:
    number = world.people["nhs_number"].to_numpy(dtype=object)[on_spine]
    truth = pd.DataFrame({"source": "pds", "controller": _CONTROLLER, "local_id": number, "person": on_spine})
    return Delivery("pds", _CONTROLLER, period, created_on, {f"{kind}.csv": (kind, rows) for kind, rows in tables.items()}), truth


def extract(world: World, addresses: pd.DataFrame, recorded: pd.DataFrame, is_known: Flags) -> dict[str, pd.DataFrame]:
    """The tables of the first period's extract."""
    rng, people = stream(world.seed, "pds"), world.people
    on_spine = np.flatnonzero(is_known)
    addresses = addresses[is_known[addresses["person"].to_numpy()]].reset_index(drop=True)
    persons = _persons(world, recorded, on_spine, rng)
    return {
        "person": persons, "address": _addresses(world, addresses, _sequence(addresses), rng), "registration": _registrations(world, addresses),
        "merger": _mergers(people.iloc[on_spine]),
        "name": _names(people.iloc[on_spine].reset_index(drop=True), persons, stream(world.seed, "spine names")),
        "confidentiality": _flags(persons, stream(world.seed, "spine flags")),
    }  # fmt: skip


def _sequence(addresses: pd.DataFrame) -> Ints:
    """The place of each address among its person's, from 1."""
    return np.asarray(addresses.groupby("person").cumcount().to_numpy() + 1, dtype=np.int64)


def addresses_later(then: Later) -> pd.DataFrame:
    """`spine_addresses` a period later: moves of before that it is told of only now, and new ones."""
    rng, new = then.stream("spine addresses"), then.stays
    told = told_on(then.before, then.before.stays, _are_first(then.before.stays), stream(then.before.seed, "spine addresses"))
    first = _are_first(new) & (new["person"] >= len(then.before.people)).to_numpy()
    both = pd.concat([told, told_on(then.after, new, first, rng)], ignore_index=True)
    return addresses_told(then.after, both.sort_values(["person", "start"], kind="stable", ignore_index=True))


def recorded_later(then: Later, recorded: pd.DataFrame) -> pd.DataFrame:
    """`as_recorded` with those born since."""
    babies = then.after.people.iloc[then.born]
    written = errors.written_down(babies, then.after.factor[then.born], "spine", then.stream("spine records"))
    return pd.concat([recorded, written], ignore_index=True)


def delivery_later(then: Later, addresses: tuple[pd.DataFrame, pd.DataFrame], recorded: tuple[pd.DataFrame, pd.DataFrame], is_known: Flags) -> tuple[Delivery, pd.DataFrame]:
    """The extract of June 2026 with its truth rows: the first brought up to date, whoever was born added. `addresses` and `recorded`: of then and now; `is_known`: of
    the first."""
    people, rng = then.after.people, then.stream("pds")
    sent = extract(then.before, addresses[0], recorded[0], is_known)
    on_spine = np.flatnonzero(is_known)
    everybody = np.append(on_spine, then.born)
    now_known = np.append(is_known, np.ones(len(then.born), dtype=bool))
    now = addresses[1][now_known[addresses[1]["person"].to_numpy()]].reset_index(drop=True)
    number = pd.Series(people["nhs_number"].to_numpy(), index=people["superseded_nhs_number"]).loc[lambda known: known.index != ""]

    def renumbered(rows: pd.DataFrame) -> pd.DataFrame:
        kept = rows["nhs_number"].to_numpy(dtype=object)
        return rows.assign(nhs_number=np.where(np.isin(kept, number.index), number.reindex(kept).to_numpy(dtype=object), kept))

    persons = _persons_later(renumbered(sent["person"]), people.iloc[on_spine], recorded[0].iloc[on_spine], np.isin(on_spine, then.protected), rng)
    persons = pd.concat([persons, _persons(then.after, recorded[1], then.born, rng)], ignore_index=True)
    tables = {
        "person": persons, "address": _addresses_later(then, renumbered(sent["address"]), now, rng), "registration": _registrations(then.after, now),
        "merger": _mergers(people.iloc[everybody]), "name": renumbered(sent["name"]),
        "confidentiality": pd.concat([renumbered(sent["confidentiality"]), _flags_of(people.iloc[then.protected])], ignore_index=True),
    }  # fmt: skip
    return _delivery(then.after, tables, everybody, "2026-06", "2026-07-07")


def _persons_later(rows: pd.DataFrame, them: pd.DataFrame, recorded: pd.DataFrame, is_protected: Flags, rng: Random) -> pd.DataFrame:
    """The person table with most of the new-born named, deaths and protected people; in the order of `them`."""
    called = rows["given_name"].to_numpy(dtype=object)
    named = (called != recorded["forename"].to_numpy(dtype=object)) & happens(rng, _NAMED_SINCE, len(rows))
    died = them["died_on"].to_numpy()
    return rows.assign(
        given_name=np.where(named, recorded["forename"], called), other_given_names=np.where(named, recorded["middle"], rows["other_given_names"]),
        date_of_death=spell(died, "iso"), death_status=np.where(died < OPEN, "2", ""), confidentiality_code=np.where(is_protected, "S", rows["confidentiality_code"]),
    )  # fmt: skip


def _flags_of(them: pd.DataFrame) -> pd.DataFrame:
    new = {"year": "2026-27", "confidentiality_code": "S", "effective_from": "2026-05-01", "effective_to": ""}
    return pd.DataFrame({"nhs_number": them["nhs_number"].to_numpy(dtype=object)}).assign(**new)


def _addresses_later(then: Later, sent: pd.DataFrame, now: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The address table: rows `sent` before with the ends that have come since, and those told since."""
    new = (now["effective_from"] > then.before.period.last_day).to_numpy()
    kept = sent.assign(effective_to=spell(now["effective_to"].to_numpy()[~new], "iso"))
    more = _addresses(then.after, now[new].reset_index(drop=True), _sequence(now)[new], rng)
    place = np.append(np.flatnonzero(~new), np.flatnonzero(new))
    return pd.concat([kept, more], ignore_index=True).iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


@cache
def _languages() -> dict[str, str]:
    table = pd.read_csv(HERE / "languages.csv")
    return dict(zip(table["community"], table["nhs"], strict=True))


def language_codes(community: Ints, rng: Random) -> Texts:
    """Preferred language where it is not English and was asked; blank otherwise."""
    spoken = np.array([_languages().get(name, "") for name in names.communities()["community"]], dtype=object)
    return np.where(happens(rng, 0.2, len(community)), spoken[community], "").astype(object)


def _persons(world: World, recorded: pd.DataFrame, on_spine: Ints, rng: Random) -> pd.DataFrame:
    them, written = (rows.iloc[on_spine].reset_index(drop=True) for rows in (world.people, recorded))
    size = len(them)
    newborn = (them["dob"] > world.period.last_day - 70).to_numpy() & happens(rng, 0.45, size)
    newborn |= happens(rng, 0.002, size) & ~them["is_looked_after"].to_numpy()
    language = language_codes(them["community"].to_numpy(), rng)
    kept_middle = np.where(newborn, "", written["middle"])
    changed = (them["former_surname"] != "").to_numpy() & happens(rng, 0.6, size)
    code = pick(rng, ["S", "Y"], size, [0.7, 0.3])
    return pd.DataFrame(
        {
            "nhs_number": them["nhs_number"], "family_name": written["surname"],
            "given_name": np.where(newborn, _placeholders(them, rng), written["forename"]), "other_given_names": kept_middle,
            "previous_family_name": np.where(changed, them["former_surname"], ""),
            "gender": np.where(happens(rng, 0.002, size), pick(rng, ["9", "X"], size), np.where(written["sex"] == "M", "1", "2")),
            "date_of_birth": spell(written["dob"].to_numpy(), "iso"), "date_of_death": spell(them["died_on"].to_numpy(), "iso"),
            "death_status": np.where(them["died_on"] < OPEN, "2", ""),
            "confidentiality_code": np.where(them["is_withheld"], code, ""), "preferred_language": language,
            "interpreter_required": np.where((language != "") & happens(rng, 0.3, size), "Y", ""),
            "effective_from": spell(them["identity_from"].to_numpy(), "iso"),
            "effective_to": spell(them["identity_to"].to_numpy(), "iso"), "is_synthetic": "Y",
        }
    ).astype(object)  # fmt: skip


def _names(them: pd.DataFrame, persons: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The name in use of everybody who was called otherwise before, and that former name: half of those whom the person file does not say it of."""
    former = (them["former_surname"] != "").to_numpy() & ((persons["previous_family_name"] != "").to_numpy() | happens(rng, 0.5, len(them)))
    theirs, row = them[former], persons[former]
    lived = np.minimum(REFERENCE_DAY, theirs["identity_to"].to_numpy()) - theirs["identity_from"].to_numpy()
    changed_on = theirs["identity_from"].to_numpy() + (lived * rng.uniform(0.1, 0.9, len(theirs))).astype(np.int64)
    open_end = np.full(len(theirs), OPEN)
    both = [
        pd.DataFrame(
            {
                "nhs_number": row["nhs_number"].to_numpy(), "name_sequence": number, "name_type": kind, "family_name": surname,
                "given_name": row["given_name"].to_numpy(), "other_given_names": row["other_given_names"].to_numpy(),
                "effective_from": spell(start, "iso"), "effective_to": spell(end, "iso"),
            }
        )
        for number, kind, surname, start, end in (
            ("1", "PREVIOUS", theirs["former_surname"].to_numpy(), theirs["identity_from"].to_numpy(), changed_on),
            ("2", "USUAL", row["family_name"].to_numpy(), changed_on, open_end),
        )
    ]  # fmt: skip
    return pd.concat(both, ignore_index=True).sort_values(["nhs_number", "name_sequence"], kind="stable").astype(object)


def _flags(persons: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """Confidentiality flags by year: those that stand, and a few lifted since."""
    standing = (persons["confidentiality_code"] != "").to_numpy()
    lifted = ~standing & happens(rng, 0.001, len(persons))
    held = persons[standing | lifted]
    ended = lifted[standing | lifted]
    return pd.DataFrame(
        {
            "nhs_number": held["nhs_number"].to_numpy(), "year": np.where(ended, "2023-24", "2025-26"),
            "confidentiality_code": np.where(ended, "S", held["confidentiality_code"]), "effective_from": np.where(ended, "2023-05-01", "2025-04-01"),
            "effective_to": np.where(ended, "2024-02-01", ""),
        }
    ).astype(object)  # fmt: skip


def _placeholders(them: pd.DataFrame, rng: Random) -> Texts:
    """Names given to new-borns before they have one."""
    boy = (them["sex"] == "M").to_numpy()
    plain = pick(rng, ["BABY", "INFANT", "BABY OF"], len(them), [0.8, 0.1, 0.1])
    name = np.where(happens(rng, 0.4, len(them)), np.where(boy, "BABY BOY", "BABY GIRL"), plain)
    twin = np.where(them["birth_order"] == 1, "TWIN ONE", "TWIN TWO")
    return np.where(them["multiple"] >= 0, twin, name).astype(object)


def _addresses(world: World, addresses: pd.DataFrame, sequence: Ints, rng: Random) -> pd.DataFrame:
    homes = world.homes.iloc[addresses["home"]].reset_index(drop=True)
    size, person = len(addresses), addresses["person"].to_numpy()
    pseudo = happens(rng, np.where(world.people["is_uasc"].to_numpy()[person], 0.07, 0.002), size)
    postcode = np.where(pseudo, pick(rng, [_NO_FIXED_ABODE, _NOT_KNOWN], size), homes["postcode"])
    first_line = np.where(homes["flat"] == "", "", homes["flat"] + ", ") + homes["number"] + " " + homes["street"]
    temporary = (addresses["kind"] == "placement").to_numpy() & happens(rng, 0.15, size)
    blank = np.where(pseudo, "", first_line)
    return pd.DataFrame(
        {
            "nhs_number": world.people["nhs_number"].to_numpy(dtype=object)[person],
            "address_sequence": decimal(sequence), "address_type": np.where(temporary, "T", "H"), "address_line1": blank,
            "address_line4": np.where(pseudo, "", town_of(homes["la"].to_numpy(dtype=object))),
            "postcode": postcode, "uprn": np.where(pseudo | happens(rng, 0.1, size), "", decimal(homes["uprn"].to_numpy())),
            "effective_from": spell(addresses["effective_from"].to_numpy(), "iso"),
            "effective_to": spell(addresses["effective_to"].to_numpy(), "iso"),
        }
    ).astype(object)  # fmt: skip


def practice_history(world: World, addresses: pd.DataFrame) -> pd.DataFrame:
    """Practice registrations: person, practice, la, effective_from, effective_to; a move nearby keeps the practice."""
    homes = world.homes.iloc[addresses["home"]].reset_index(drop=True)
    history = addresses[["person", "effective_from", "effective_to"]].assign(practice=homes["practice"], la=homes["la"])
    history["practice"] = _kept_practices(history)
    same = (history["person"] == history["person"].shift()) & (history["practice"] == history["practice"].shift())
    run = (~same).cumsum()
    return history.groupby(run, sort=True).agg(
        person=("person", "first"), practice=("practice", "first"), la=("la", "first"),
        effective_from=("effective_from", "min"), effective_to=("effective_to", "max"),
    )  # fmt: skip


def _kept_practices(history: pd.DataFrame) -> Texts:
    """Half of those who move within an authority keep their practice (which half: by the day of the move)."""
    person, la, moved_on = (history[c].to_numpy() for c in ("person", "la", "effective_from"))
    practice = history["practice"].to_numpy(dtype=object)
    near = (person[1:] == person[:-1]) & (la[1:] == la[:-1]) & (moved_on[1:] % 2 == 0)
    kept_from = np.maximum.accumulate(np.where(np.append(False, near), 0, np.arange(len(practice))))
    return np.asarray(practice[kept_from], dtype=object)


def _registrations(world: World, addresses: pd.DataFrame) -> pd.DataFrame:
    history = practice_history(world, addresses)
    person = history["person"].to_numpy()
    died = world.people["died_on"].to_numpy()[person] == history["effective_to"].to_numpy()
    ended = history["effective_to"].to_numpy() < OPEN
    return pd.DataFrame(
        {
            "nhs_number": world.people["nhs_number"].to_numpy(dtype=object)[person], "practice_code": history["practice"].to_numpy(),
            "icb_code": icb_of(history["la"].to_numpy(dtype=object)),
            "effective_from": spell(history["effective_from"].to_numpy(), "iso"),
            "effective_to": spell(history["effective_to"].to_numpy(), "iso"),
            "reason_for_removal": np.where(died & ended, "DEA", np.where(ended & ~np.append(person[1:] == person[:-1], False), "CGA", "")),
        }
    ).astype(object)  # fmt: skip


def _mergers(people: pd.DataFrame) -> pd.DataFrame:
    merged = people[people["superseded_nhs_number"] != ""]
    return pd.DataFrame(
        {
            "superseded_nhs_number": merged["superseded_nhs_number"].to_numpy(), "current_nhs_number": merged["nhs_number"].to_numpy(),
            "merged_on": spell(merged["merged_on"].to_numpy(), "iso"),
        }
    )  # fmt: skip
