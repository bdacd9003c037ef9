"""Named random streams: every part of the synthetic London draws from its own seeded generator.

A stream is named by what it makes, so that a change in one part leaves every other part's draws as they were.
"""

from zlib import crc32

import numpy as np
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


def apportion(total: int, shares: Floats) -> Ints:
    """Whole numbers in proportion to `shares` that add up to `total` (largest remainders)."""
    exact = total * shares / shares.sum() if shares.sum() > 0 else np.zeros_like(shares)
    counts = np.floor(exact).astype(np.int64)
    short = total - int(counts.sum()) if shares.sum() > 0 else 0
    counts[np.argsort(-(exact - counts), kind="stable")[:short]] += 1
    return counts
