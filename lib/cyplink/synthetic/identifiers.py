"""NHS numbers, unique pupil numbers and councils' own numbers, all valid and none of a real person.

NHS numbers come from 999 000 0000 upwards, a range never issued, then from 998 downwards (ours to declare: not confirmed
as never issued, every record carries a synthetic flag). UPNs follow DfE's check letter.
"""

import numpy as np
import pandas as pd

from cyplink.synthetic.streams import Floats, Ints, Random, Texts, decimal, numbered

_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"), dtype=object)
_MILLION = 1_000_000


def nhs_numbers(count: int, rng: Random) -> Texts:
    """`count` different ten-digit NHS numbers with valid check digits, in random order."""
    made: list[Ints] = []
    prefix = 999
    while sum(len(part) for part in made) < count:
        stems = prefix * _MILLION + rng.permutation(_MILLION)
        check = _nhs_check(stems)
        valid = check < 10
        made.append((stems[valid] * 10 + check[valid])[: count - sum(len(part) for part in made)])
        prefix -= 1
    return decimal(np.concatenate(made)) if made else np.array([], dtype=object)


def _nhs_check(stems: Ints) -> Ints:
    weighted = sum((stems // 10**place % 10) * (place + 2) for place in range(9))
    return np.asarray((11 - weighted % 11) % 11)


def pupil_numbers(la: Texts, estab: Ints, year: Ints, serial: Ints, temporary: Floats | None = None) -> Texts:
    """UPN: check letter, LA, establishment, year of allocation, serial; a temporary one ends in a letter.

    `temporary` is a draw in 0-1 per pupil where the UPN is temporary, NaN where permanent.
    """
    las, of_la = numbered(la)
    body = np.array([int(code) for code in las], dtype=np.int64)[of_la] * 10**9 + estab * 10**5 + (year % 100) * 1000 + serial
    digits = [(body // 10 ** (11 - place)) % 10 for place in range(12)]
    last = digits[11]
    text = decimal(body)
    if temporary is not None:
        is_temporary = ~np.isnan(temporary)
        letter = np.where(is_temporary, np.nan_to_num(temporary) * 23, 0).astype(np.int64)
        last = np.where(is_temporary, letter, last)
        text = np.where(is_temporary, np.array([t[:11] for t in text], dtype=object) + _LETTERS[letter], text)
    total = sum(digits[place] * (place + 2) for place in range(11)) + last * 13
    return np.asarray(_LETTERS[total % 23] + text, dtype=object)


def serials(keys: pd.DataFrame) -> Ints:
    """A running number within each distinct row of `keys`, from 1, kept within three digits."""
    return np.asarray(1 + keys.groupby(list(keys.columns), sort=False).cumcount() % 999, dtype=np.int64)


def council_numbers(count: int, rng: Random, after: int) -> Texts:
    """Person numbers of one council's case system: rising from `after` on, with gaps, in random order of people."""
    numbers = after + np.cumsum(rng.integers(1, 9, count))
    return decimal(rng.permutation(numbers))
