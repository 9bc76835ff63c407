"""What a past holds, counted a part at a time: it may lie on disk, and is not copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KINDS
from lingxi.domain.history import Interactions
from lingxi.models._past import WANTED

Longs = npt.NDArray[np.int64]
PART: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Census:
    """Of the acts with a shopper and an item: `shoppers` int64[s], how many each has; `kinds` int64[k], how many are of
    each kind of the domain; `first`, the time of the first (µs). `goal` is the strongest kind among them that says what
    a shopper wants, −1 where there is none; of that kind are `counts` int64[i] of each item, by `wanting` shoppers."""

    shoppers: Longs
    kinds: Longs
    first: int
    goal: int
    counts: Longs
    wanting: int

    def __len__(self) -> int:
        return int(self.kinds.sum())

    def have(self) -> dict[str, int]:
        """What there is to aim at: `events`, `items`, `shoppers`."""
        items = int(np.count_nonzero(self.counts))
        return {"events": int(self.counts.sum()), "items": items, "shoppers": self.wanting}


def census_of(past: Interactions) -> Census:
    """Two passes over the past."""
    shoppers, kinds = np.zeros(_size(past.shopper), np.int64), np.zeros(len(KINDS), np.int64)
    first = np.iinfo(np.int64).max
    for part in past.parts(PART):
        told = told_in(part)
        shoppers += np.bincount(part.shopper[told], minlength=len(shoppers))
        kinds += np.bincount(part.kind[told], minlength=len(kinds))
        first = min(first, int(part.at[told].min(initial=first)))
    goal = next((kind for kind in WANTED if kinds[kind]), -1)
    counts, wanting = _of_kind(past, goal, len(shoppers))
    return Census(shoppers, kinds, first, goal, counts, wanting)


def told_in(part: Interactions) -> npt.NDArray[np.bool_]:
    """bool[n]: which acts a net can read."""
    told: npt.NDArray[np.bool_] = (part.item >= 0) & (part.shopper >= 0)
    return told


def _of_kind(past: Interactions, kind: int, shoppers: int) -> tuple[Longs, int]:
    counts, met = np.zeros(_size(past.item), np.int64), np.zeros(shoppers, np.bool_)
    for part in past.parts(PART):
        chosen = told_in(part) & (part.kind == kind)
        counts += np.bincount(part.item[chosen], minlength=len(counts))
        met[part.shopper[chosen]] = True
    return counts, int(met.sum())


def _size(numbers: npt.NDArray[np.int32]) -> int:
    return int(numbers.max(initial=-1)) + 1
