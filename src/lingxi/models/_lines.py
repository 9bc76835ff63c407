"""A past as what linear models and factorisations learn from: who had what, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from lingxi.domain.history import Interactions

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
SELDOM = 0.02


@dataclass(frozen=True, slots=True)
class Lines:
    """n acts in order of (shopper, at, tie): `shopper` int64[n] counted from 0 to `shoppers` − 1, `row` int64[n] of the
    vocabulary, `place` int64[n] how many moments of the shopper's came before it. `known` holds each row's item number.
    """

    known: npt.NDArray[np.intp]
    shopper: Longs
    row: Longs
    place: Longs
    shoppers: int

    def __len__(self) -> int:
        return len(self.row)

    def matrix(self) -> Any:
        """Who had what, a sparse float32[shoppers, rows] of ones, each row's items in order of number."""
        ones = np.ones(len(self), dtype=np.float32)
        whole = csr_matrix((ones, (self.shopper, self.row)), shape=(self.shoppers, len(self.known)))
        whole.sum_duplicates()
        whole.data[:] = 1.0
        return whole

    def starts(self) -> Longs:
        """int64[shoppers + 1]: where each shopper's acts begin."""
        return np.searchsorted(self.shopper, np.arange(self.shoppers + 1))


def lines_of(acts: Interactions, *, least: int = 1, most: int | None = None, longest: int | None = None) -> Lines:
    """The acts, all with an item, whose item was met at least `least` times and is among the `most` frequent; of each
    shopper the newest `longest`."""
    counts = np.bincount(acts.item)
    known = np.flatnonzero(counts >= max(min(least, int(counts.max(initial=1))), 1))
    if most is not None and len(known) > most:
        known = np.sort(known[np.argsort(-counts[known], kind="stable")[:most]])
    column = np.full(len(counts), -1, dtype=np.int64)
    column[known] = np.arange(len(known))
    kept = acts.where(column[acts.item] >= 0)
    order = np.lexsort((kept.tie, kept.at, kept.shopper))
    _, shopper = np.unique(kept.shopper[order], return_inverse=True)
    row, at, shopper = column[kept.item[order]], kept.at[order], shopper.astype(np.int64)
    if longest is not None and len(row):
        end = np.searchsorted(shopper, shopper, side="right")
        new = end - np.arange(len(row)) <= longest
        row, at, shopper = row[new], at[new], shopper[new]
    return Lines(known, shopper, row, _places(shopper, at), int(shopper.max(initial=-1)) + 1)


def _places(shopper: Longs, at: Longs) -> Longs:
    """How many moments came before each act's."""
    fresh = np.append(True, (np.diff(shopper) != 0) | (np.diff(at) != 0))[: len(at)]
    moment = np.cumsum(fresh) - 1
    first = np.searchsorted(shopper, shopper, side="left")
    places: Longs = moment - moment[first] if len(moment) else moment
    return places


def repeats(acts: Interactions) -> bool:
    """Whether shoppers come back to what they had: more than a few of their acts are on an item that they had before.

    Where they do not, what was had is no answer, and judging a model leaves it out.
    """
    pairs = (acts.shopper.astype(np.int64) << 32) | acts.item.astype(np.int64)
    return len(acts) > 0 and 1.0 - len(np.unique(pairs)) / len(acts) > SELDOM
