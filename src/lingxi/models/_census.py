"""What must be known of a past as a whole, found a part at a time: it may lie on disk, and is not copied."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KINDS
from lingxi.domain.history import Interactions
from lingxi.domain.rating import CODES, codes_of
from lingxi.models._goal import Aims, targets_in, weights_of
from lingxi.models._past import WANTED
from lingxi.models._reads import Read, Reads, on_items, shared, words_of
from lingxi.runtimes._kinds import Numbers, Scale

Longs = npt.NDArray[np.int64]
PART: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Census:
    """`reads`: what is read of acts, by all of them. Of the acts that are read: `shoppers` int64[s], how many each has;
    `searches`, how many are on no item; `first`, the time of the first (µs). `aims`: the weight of each kind that is
    aimed at, the heaviest first. Of the a kinds of these, `counts` int64[a, i] are the targets of each item, `pulls`
    float64[a, i] the same by how good they are, by `wanting` shoppers in all."""

    reads: Reads
    shoppers: Longs
    searches: int
    first: int
    aims: Mapping[int, float]
    counts: Longs
    pulls: npt.NDArray[np.float64]
    wanting: int

    def __len__(self) -> int:
        return int(self.shoppers.sum())

    def met(self) -> Longs:
        """int64[i]: how often each item is a target."""
        met: Longs = self.counts.sum(axis=0)
        return met

    def have(self) -> dict[str, int]:
        """What there is to aim at: `events`, `items`, `shoppers`."""
        met = self.met()
        return {"events": int(met.sum()), "items": int(np.count_nonzero(met)), "shoppers": self.wanting}

    def of_known(self, known: npt.NDArray[np.intp]) -> Census:
        """The same without kinds of which no target is on one of these items."""
        kept: npt.NDArray[np.bool_] = self.counts[:, known].sum(axis=1) > 0
        aims = {kind: weight for place, (kind, weight) in enumerate(self.aims.items()) if kept[place]}
        return replace(self, aims=aims, counts=self.counts[kept], pulls=self.pulls[kept])

    def worth(self, items: npt.NDArray[np.intp]) -> Longs:
        """How often each of `items` is a target, by weight, int64[len(items)]."""
        weight = np.array(list(self.aims.values()))
        worth: Longs = np.rint((weight[:, None] * self.pulls[:, items]).sum(axis=0)).astype(np.int64)
        return worth


def census_of(past: Interactions, reads: Collection[Read], aims: Aims) -> Census:
    """Two passes over the past, and one more where searches are read.

    With ratings read, a target weighs by how good it is, and a bad one is none.
    """
    codes = words_of(past, PART) if "query" in reads else np.empty(0, np.int32)
    shoppers, kinds, rated, first = _acts(past, Reads(Numbers(()), codes, np.empty(0, np.int32)))
    scale = Scale.of(rated.sum(axis=0)) if "rating" in reads else None
    numbers = Numbers.met(np.flatnonzero(kinds.sum(axis=0)), scale, told_apart="kind" in reads)
    traits = shared(past.people, shoppers) if "trait" in reads else np.empty(0, np.int32)
    liked = np.ones(CODES, np.bool_) if scale is None else scale.pulls() > 0
    targets = rated[:, liked].sum(axis=1)
    weights = weights_of(aims, {code: int(targets[code]) for code in WANTED if targets[code]})
    counts, pulls, wanting = _targets(past, weights, scale, len(shoppers))
    told = Reads(numbers, codes, traits)
    return Census(told, shoppers, int(kinds[1].sum()), first, weights, counts, pulls, wanting)


def _acts(past: Interactions, reads: Reads) -> tuple[Longs, Longs, Longs, int]:
    """Of the acts that are read: how many each shopper has; int64[2, kinds] how many are of each kind, on items and on
    none; int64[kinds, codes] how many of those on items have which rating; when the first was."""
    shoppers, kinds = np.zeros(_size(past.shopper), np.int64), np.zeros((2, len(KINDS)), np.int64)
    rated, first = np.zeros(len(KINDS) * CODES, np.int64), int(np.iinfo(np.int64).max)
    for part in past.parts(PART):
        read, on = reads.there(part), on_items(part)
        kind, code = part.kind[on], codes_of(part.kind[on], part.value[on])
        shoppers += np.bincount(part.shopper[read], minlength=len(shoppers))
        rated += np.bincount(kind.astype(np.int64) * CODES + code, minlength=len(rated))
        kinds[1] += np.bincount(part.kind[read & ~on], minlength=len(KINDS))
        first = min(first, int(part.at[read].min(initial=first)))
    table = rated.reshape(len(KINDS), CODES)
    kinds[0] = table.sum(axis=1)
    return shoppers, kinds, table, first


def _targets(
    past: Interactions, weights: Mapping[int, float], scale: Scale | None, shoppers: int
) -> tuple[Longs, npt.NDArray[np.float64], int]:
    shape = (len(weights), _size(past.item))
    counts, met = np.zeros(shape, np.int64), np.zeros(shoppers, np.bool_)
    pulls = np.zeros(shape if scale is not None else (0, 0))
    for part in past.parts(PART):
        aim, pull = targets_in(part, weights, scale)
        for place in range(len(weights)):
            chosen = aim == place + 1
            item = part.item[chosen]
            counts[place] += np.bincount(item, minlength=shape[1])
            if scale is not None:
                pulls[place] += np.bincount(item, weights=pull[chosen], minlength=shape[1])
        met[part.shopper[aim > 0]] = True
    return counts, pulls if scale is not None else counts.astype(np.float64), int(met.sum())


def _size(numbers: npt.NDArray[np.int32]) -> int:
    return int(numbers.max(initial=-1)) + 1
