"""How each supplier writes people down: names, birth dates and sex with the mistakes of domain practice.

Rates are error_rates.csv (base rate times supplier, with where each comes from); each is multiplied by a factor of the person, so that
mistakes meet in the same people, more often in minority, mobile, deprived and looked-after children.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from cyplink.synthetic import names
from cyplink.synthetic.calibration import HERE, ethnic_groups
from cyplink.synthetic.days import YEAR
from cyplink.synthetic.streams import Flags, Floats, Ints, Random, Texts, happens

_GROUP_FACTOR = {"WBRI": 0.9, "WIRI": 1.0, "WIRT": 1.8, "WROM": 1.8, "MWBC": 1.1, "MWAS": 1.2}
_OTHER_GROUPS = 1.5


@cache
def rates(supplier: str) -> dict[str, float]:
    """Error rates of a kind of supplier: school, council, spine, clinic or hospital."""
    table = pd.read_csv(HERE / "error_rates.csv")
    return dict(zip(table["error"], table["base"] * table[supplier], strict=True))


def person_factor(people: pd.DataFrame, moves: Ints, imd: Ints, rng: Random) -> Floats:
    """How much more often than average each person is misrecorded (mean near 1)."""
    groups = np.array([_GROUP_FACTOR.get(code, _OTHER_GROUPS) for code in ethnic_groups()["ethnic"]])
    factor = groups[people["ethnic"].to_numpy()] * np.where(imd <= 2, 1.15, 0.9) * np.where(moves >= 3, 1.25, 0.95)
    factor *= np.where(people["is_looked_after"], 1.25, 1.0)
    return np.asarray(0.78 * factor * rng.gamma(1.4, 1 / 1.4, len(people)))


def written_down(people: pd.DataFrame, factor: Floats, supplier: str, rng: Random) -> pd.DataFrame:
    """Forename, middle, surname, dob and sex of each row of `people` as this kind of supplier records them."""
    rate, size = rates(supplier), len(people)

    def hit(error: str) -> Flags:
        return happens(rng, np.minimum(rate[error] * factor, 0.6), size)

    forename = people["forename"].to_numpy(dtype=object).copy()
    middle = people["middle"].to_numpy(dtype=object).copy()
    surname = people["surname"].to_numpy(dtype=object).copy()
    first = hit("middle_as_first") & (middle != "")
    forename[first], middle[first] = middle[first], forename[first]
    _vary(forename, hit("forename_nickname"), ("nickname",), rng)
    _vary(forename, hit("forename_transliterated"), ("transliteration", "spelling"), rng)
    other = hit("other_surname")
    alternative = np.where(people["former_surname"] != "", people["former_surname"], people["mother_surname"])
    surname[other & (alternative != "")] = alternative[other & (alternative != "")]
    _vary(surname, hit("surname_transliterated"), ("transliteration", "spelling"), rng)
    _split_double(surname, hit("double_barrel_split"), rng)
    _mistype(forename, hit("forename_typo"), rng)
    _mistype(surname, hit("surname_typo"), rng)
    swapped = hit("names_swapped")
    forename[swapped], surname[swapped] = surname[swapped], forename[swapped]
    dob = _birth_dates(people["dob"].to_numpy(), hit)
    sex = people["sex"].to_numpy(dtype=object)
    sex = np.where(hit("sex_miskeyed"), np.where(sex == "M", "F", "M"), sex)
    return pd.DataFrame(
        {"forename": forename, "middle": middle, "surname": surname, "dob": dob, "sex": sex}, index=people.index
    )


def _vary(texts: Texts, where: Flags, kinds: tuple[str, ...], rng: Random) -> None:
    known = names.variants(kinds)
    for row in np.flatnonzero(where):
        others = known.get(texts[row])
        draw = rng.random()
        if others:
            texts[row] = others[int(draw * len(others))]


def _split_double(texts: Texts, where: Flags, rng: Random) -> None:
    for row in np.flatnonzero(where):
        parts = str(texts[row]).replace("-", " ").split(" ")
        draw = rng.random()
        if len(parts) > 1:
            texts[row] = parts[0] if draw < 0.4 else parts[-1] if draw < 0.75 else " ".join(parts)


_KEYBOARD = {"A": "SQ", "E": "RW", "I": "OU", "O": "IP", "M": "N", "N": "M", "S": "AD", "R": "ET", "T": "RY", "H": "GJ"}


def _mistype(texts: Texts, where: Flags, rng: Random) -> None:
    """One slip of the keys: a letter left out, doubled, exchanged with its neighbour or mistaken for one near it."""
    for row in np.flatnonzero(where):
        text, kind, at = str(texts[row]), int(rng.integers(4)), rng.random()
        if len(text) < 3:
            continue
        i = 1 + int(at * (len(text) - 2))
        near = _KEYBOARD.get(text[i], "E")
        slips = (
            text[:i] + text[i + 1 :],
            text[:i] + text[i] + text[i:],
            text[:i] + text[i + 1] + text[i] + text[i + 2 :],
            text[:i] + near[kind % len(near)] + text[i + 1 :],
        )
        texts[row] = slips[kind]


def _birth_dates(dob: Ints, trial: Callable[[str], Flags]) -> Ints:
    months = dob.astype("datetime64[D]").astype("datetime64[M]")
    day_of_month = dob - months.astype("datetime64[D]").astype(np.int64) + 1
    year_start = dob.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    month = (months - dob.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[M]")).astype(np.int64) + 1
    swappable = trial("birth_day_month_swapped") & (day_of_month <= 12) & (day_of_month != month)
    swapped_month = months - month + day_of_month
    swapped = swapped_month.astype("datetime64[D]").astype(np.int64) + month - 1
    recorded = np.where(swappable, swapped, dob)
    shift = np.where(day_of_month % 3 == 0, 10, np.where(day_of_month % 3 == 1, 1, -1))
    wrong = trial("birth_digit_wrong")
    years_off = wrong & (day_of_month % 5 == 0)
    recorded = np.where(
        years_off, dob + round(YEAR), np.where(wrong, dob + np.where(day_of_month > 20, -shift, shift), recorded)
    )
    return np.asarray(np.where(trial("birth_first_january"), year_start, recorded))
