"""Connected components of the pairs with positive weight, and which of them are not finished: not every pair scored."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Unfinished:
    """Records of components that are not cliques, with the component's number (its smallest record id)."""

    record_ids: Ids
    components: Ids
    over_budget: list[int]


def distinct(values: Ids) -> Ids:
    """The values, each once, in order. NumPy's own way, by a hash of its own, takes minutes where ids are large and many."""
    return np.sort(pd.unique(values))


def label_components(left: Ids, right: Ids, count: int) -> Ids:
    """For records numbered 0..count-1: the smallest record number of the component of each."""
    edges = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    _, label = connected_components(edges, directed=False)
    smallest = np.full(label.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(smallest, label, np.arange(count))
    named: Ids = smallest[label]
    return named


def unfinished_components(left: Ids, right: Ids, weight: npt.NDArray[np.integer], budget: int, above: int = 0) -> Unfinished:
    """Components over edges of a weight greater than `above` in which some pair has no edge at all.

    Components of more than `budget` records are not returned; their sizes are, largest first.
    """
    ids = distinct(np.concatenate([left, right]))
    a, b = np.searchsorted(ids, left), np.searchsorted(ids, right)
    positive = weight > above
    label = label_components(a[positive], b[positive], len(ids))
    size = np.bincount(label, minlength=len(ids))
    inside = label[a] == label[b]
    scored = np.bincount(label[a[inside]], minlength=len(ids))
    unfinished = (size > 2) & (scored < size * (size - 1) // 2)  # two records are always a clique
    over_budget = sorted(size[unfinished & (size > budget)].tolist(), reverse=True)
    wanted = np.flatnonzero((unfinished & (size <= budget))[label])
    return Unfinished(ids[wanted], ids[label[wanted]], over_budget)
