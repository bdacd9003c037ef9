"""Birth notifications: what maternity units say within days of every birth of a period, month by month.

Most children are called BABY or TWIN ONE, with their mother's surname; one in three hundred has the mother's NHS number; a few are still-born,
and no person of this London.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cyplink.synthetic.calibration import ethnic_groups
from cyplink.synthetic.days import YEAR, spell
from cyplink.synthetic.deliveries import Delivery
from cyplink.synthetic.hospitals import Hospitals
from cyplink.synthetic.period import FIRST
from cyplink.synthetic.streams import Ints, Random, Texts, happens, pick, stream
from cyplink.synthetic.world import World

_MOTHERS_NUMBER = 0.003
_STILL_BIRTHS = 0.004
_ORDINALS = ("ONE", "TWO", "THREE", "FOUR")


def deliveries(world: World, seen: Hospitals) -> Iterator[tuple[Delivery, pd.DataFrame]]:
    """A delivery per provider and month, each with its truth rows (controller, local_id, person)."""
    mothers = mothers_born(world)
    months = np.array(list(world.period.months), dtype="datetime64[M]")
    for provider in sorted(set(seen.births["provider"])):
        rng = world.period.stream(world.seed, "birth notifications", provider)
        person = seen.births.loc[seen.births["provider"] == provider, "person"].to_numpy()
        rows = pd.concat([_live(world, person, mothers, provider, rng), _still(world, person, mothers, rng)], ignore_index=True)
        rows["notification_id"] = [f"{provider}B{n:06d}" for n in world.period.numbered_after(6) + rng.permutation(len(rows)) + 1]
        month = rows["born"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
        for of in months:
            sent = rows[month == of].reset_index(drop=True)
            last = int((of + 1).astype("datetime64[D]").astype(np.int64)) - 1
            alive = sent[sent["person"] >= 0]
            truth = pd.DataFrame({"source": "birth_notifications", "controller": provider, "local_id": alive["notification_id"], "person": alive["person"]})
            files = {"birth_notification.csv": ("birth", sent)}
            yield Delivery("birth_notifications", provider, str(of), spell(np.array([last + 12]), "iso")[0], files), truth


def mothers_born(world: World) -> Ints:
    """The birth date of each person's mother, one for all her children: 16 to 43 at the first birth, under 48 at the last."""
    people, rng = world.people, stream(world.seed, "mothers born")
    of, born = people["mother_number"].to_numpy(), people["dob"].to_numpy()
    first = np.full(of.max() + 1, np.iinfo(np.int64).max)
    last = np.zeros(of.max() + 1, dtype=np.int64)
    np.minimum.at(first, of, born)
    np.maximum.at(last, of, np.minimum(born, FIRST.last_day))  # a child born later changes nobody's age
    age = np.clip(rng.normal(30.0, 5.6, len(first)), 16.0, np.maximum(47.0 - (last - first) / YEAR, 17.0))
    return np.asarray((first - (np.minimum(age, 43.0) * YEAR).astype(np.int64))[of])


def _live(world: World, person: Ints, mothers: Ints, provider: str, rng: Random) -> pd.DataFrame:
    """One row per child born alive."""
    people = world.people
    them, size = people.iloc[person].reset_index(drop=True), len(person)
    together = people["multiple"].value_counts()
    multiple = them["multiple"].to_numpy()
    births = np.where(multiple < 0, 1, together.reindex(multiple).fillna(1).to_numpy(dtype=np.int64))
    mothers_own = happens(rng, _MOTHERS_NUMBER, size)
    blank = happens(rng, 0.01, size)
    number = np.where(mothers_own, them["mother_nhs_number"], np.where(blank, "", them["nhs_number"]))
    surname = np.where(happens(rng, 0.75, size) & (them["mother_surname"] != "").to_numpy(), them["mother_surname"], them["surname"]).astype(object)
    return _told(world, them.assign(person=person), mothers[person], births, rng).assign(
        baby_nhs_number=number, baby_nhs_number_status=np.where(blank, "07", "01"), baby_forename=_forenames(them, surname, rng),
        baby_surname=np.where(happens(rng, 0.03, size), "", surname), live_or_still_birth="L", delivery_site=f"{provider}01",
    )  # fmt: skip


def _still(world: World, person: Ints, mothers: Ints, rng: Random) -> pd.DataFrame:
    """Still births, to mothers of older children: one for every two hundred and fifty born alive."""
    older = np.flatnonzero((world.people["dob"].to_numpy() < world.period.first_day - 500) & ~world.people["is_uasc"].to_numpy(dtype=bool))
    chosen = older[rng.integers(0, len(older), rng.binomial(len(person), _STILL_BIRTHS))] if len(older) else older
    them = world.people.iloc[chosen].reset_index(drop=True)
    them["dob"] = world.period.first_day + rng.integers(0, world.period.days, len(chosen))
    rows = _told(world, them.assign(birth_order=1, person=chosen), mothers[chosen], np.ones(len(chosen), dtype=np.int64), rng)
    return rows.assign(person=-1, live_or_still_birth="S", address_postcode="")


def _told(world: World, them: pd.DataFrame, mothers: Ints, births: Ints, rng: Random) -> pd.DataFrame:
    """What live and still births have in common; weight follows gestation."""
    size, born = len(them), them["dob"].to_numpy()
    weeks = np.clip(np.where(births > 1, rng.normal(36.2, 2.2, size), rng.normal(39.3, 1.7, size)), 24, 42)
    weight = np.clip(3350 + (weeks - 39.5) * 165 + rng.normal(0, 390, size) - np.where(births > 1, 250, 0), 450, 5400)
    family_home = _homes(world, them["person"].to_numpy())
    nhs = ethnic_groups()["nhs"].to_numpy(dtype=object)[them["ethnic"].to_numpy()]
    return pd.DataFrame(
        {
            "person": them["person"], "born": born, "notified_at": np.char.add(spell(born + 1, "iso").astype(str), " 09:30:00").astype(object), "birth_date": spell(born, "iso"),
            "baby_sex": np.where(them["sex"] == "M", "1", "2"), "birth_time": [f"{h:02d}:{m:02d}" for h, m in zip(rng.integers(0, 24, size), rng.integers(0, 60, size), strict=True)],
            "address_postcode": family_home, "mother_postcode": np.where(happens(rng, 0.03, size), "", family_home),
            "birth_weight_grams": np.char.mod("%d", weight).astype(object), "gestation_weeks": np.char.mod("%d", np.floor(weeks)).astype(object),
            "birth_order": them["birth_order"].astype(str), "number_of_births": births.astype(str),
            "congenital_anomaly_indicator": np.where(happens(rng, 0.025, size), "Y", "N"), "ethnic_category": np.where(happens(rng, 0.05, size), "Z", nhs),
            "mother_nhs_number": np.where(happens(rng, 0.01, size), "", them["mother_nhs_number"]), "mother_birth_date": spell(mothers, "iso"),
        }
    )  # fmt: skip


def _homes(world: World, person: Ints) -> Texts:
    """Postcode of the first home each child had."""
    first = world.stays.drop_duplicates("person").set_index("person")["home"]
    home = first.reindex(person).fillna(-1).to_numpy(dtype=np.int64)
    postcodes: Texts = np.append(world.homes["postcode"].to_numpy(dtype=object), "")
    return np.asarray(postcodes[home], dtype=object)


def _forenames(them: pd.DataFrame, surname: Texts, rng: Random) -> Texts:
    """Seven in ten are called BABY or by their place among twins, one in eight nothing."""
    size = len(them)
    plain = np.where(happens(rng, 0.4, size), np.where(them["sex"] == "M", "BABY BOY", "BABY GIRL"), pick(rng, ["BABY", "BABY", "INFANT OF"], size))
    plain = np.where(plain == "INFANT OF", "INFANT OF " + surname, plain)
    ordinal = np.array(_ORDINALS, dtype=object)[np.minimum(them["birth_order"].to_numpy(), len(_ORDINALS)) - 1]
    unnamed = np.where(them["multiple"].to_numpy() >= 0, "TWIN " + ordinal, plain)
    chance = rng.random(size)
    return np.select([chance < 0.7, chance < 0.82], [unnamed, ""], them["forename"].to_numpy(dtype=object)).astype(object)
