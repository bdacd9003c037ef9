"""Named random streams: every part of the synthetic London draws from its own seeded generator.

A stream is named by what it makes, so that a change in one part leaves every other part's draws as they were.
"""

from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Random = np.random.Generator
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


def stream(seed: int, *names: object) -> Random:
    """A generator that depends on the seed and the names only."""
    entropy = [seed, *(crc32(str(name).encode()) for name in names)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def pick(rng: Random, choices: list[str] | Texts, size: int, p: list[float] | Floats | None = None) -> Texts:
    """`size` texts drawn with replacement; the texts themselves are shared, not copied."""
    pool = np.asarray(choices, dtype=object)
    if p is None:
        return np.asarray(pool[rng.integers(0, len(pool), size)], dtype=object)
    cumulative = np.cumsum(np.asarray(p, dtype=float))
    return np.asarray(pool[draw_index(rng, cumulative, size)], dtype=object)


def draw_index(rng: Random, cumulative: Floats, size: int) -> Ints:
    """Positions drawn by cumulative weight (need not end at 1)."""
    position = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    return np.asarray(np.minimum(position, len(cumulative) - 1), dtype=np.int64)


def happens(rng: Random, probability: float | Floats, size: int) -> Flags:
    """One independent trial per row."""
    return np.asarray(rng.random(size) < probability, dtype=bool)


def happens_evenly(rng: Random, probability: Floats, stratum: Ints) -> Flags:
    """One trial per row, so spread that the rows hit in each stratum number what is expected, to within one."""
    order = np.lexsort((rng.random(len(probability)), stratum))
    upto = np.cumsum(probability[order]) + rng.random()
    hit = np.zeros(len(probability), dtype=bool)
    hit[order] = np.floor(upto) > np.floor(upto - probability[order])
    return hit


def rows_by(group: Ints) -> dict[int, Ints]:
    """The rows of each number in `group`, rising, by one sort: what `np.flatnonzero(group == n)` gives for every n."""
    order = np.argsort(group, kind="stable")
    numbers, first = np.unique(group[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True)) if len(numbers) else {}


def numbered(texts: Texts) -> tuple[list[str], Ints]:
    """The different texts, sorted, and the position of each row's in them."""
    codes, different = pd.factorize(np.asarray(texts, dtype=object), sort=True)
    return [str(text) for text in different], np.asarray(codes, dtype=np.int64)


def decimal(numbers: Ints) -> Texts:
    """The numbers written out, as `astype(str)` writes them, several times faster."""
    return np.asarray(pa.array(numbers).cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)


def apportion(total: int, shares: Floats) -> Ints:
    """Whole numbers in proportion to `shares` that add up to `total` (largest remainders)."""
    exact = total * shares / shares.sum() if shares.sum() > 0 else np.zeros_like(shares)
    counts = np.floor(exact).astype(np.int64)
    short = total - int(counts.sum()) if shares.sum() > 0 else 0
    counts[np.argsort(-(exact - counts), kind="stable")[:short]] += 1
    return counts
