"""Facts for constraint and clustering tests: mention only the records that something is known of."""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from cyplink.linkage.clustering import Partition, Policy, partition
from cyplink.linkage.constraints import Facts, Pair

Pupil = tuple[str, date, tuple[str, ...]]


def facts(
    count: int,
    *,
    verified: Mapping[int, int] | None = None,
    births: Mapping[int, tuple[str, int]] | None = None,
    pupils: Mapping[int, Pupil] | None = None,
    sealed: Iterable[Pair] = (),
    never: Iterable[Pair] = (),
    must: Iterable[Pair] = (),
) -> Facts:
    """Facts of `count` records; `pupils` gives UPN, birth date and the censuses of main registrations."""
    verified, births, pupils = verified or {}, births or {}, pupils or {}
    nothing: tuple[None, None, tuple[str, ...]] = (None, None, ())
    of = [pupils.get(n, nothing) for n in range(count)]
    return Facts(
        verified=[verified.get(n, 0) for n in range(count)],
        multiple_birth=[births.get(n) for n in range(count)],
        main_registrations=[pupil[2] for pupil in of],
        upn=[pupil[0] for pupil in of],
        born_on=[pupil[1] for pupil in of],
        sealed=frozenset(sealed),
        never=frozenset(never),
        must=frozenset(must),
    )


def clustered(weights: Mapping[Pair, float], known: Facts, policy: Policy | None = None) -> Partition:
    """The partition by weights in bits, given as {(record, record): weight}."""
    pairs = np.array(list(weights), dtype=np.int64).reshape(-1, 2)
    millibits = np.array([round(1000 * w) for w in weights.values()], dtype=np.int64)
    return partition(pairs[:, 0], pairs[:, 1], millibits, known, policy or Policy())


def groups(found: Partition) -> set[frozenset[int]]:
    """The clusters as sets of record numbers."""
    return {frozenset(np.flatnonzero(found.label == label).tolist()) for label in set(found.label.tolist())}
