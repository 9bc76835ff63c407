"""The candidates of one slate: what the sources proposed, each item once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lingxi.recommend.parts import NOBODY, Floats, Ints, Proposal
from lingxi.recommend.scene import Memory, empty

LOG_RANK: Floats = np.log(np.arange(1, 4097)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Pool:
    """`items` int32[m], distinct, in order of first proposal. `log_rank` float32[sources, m] is the logarithm of the
    rank, from 1, in the list of each source of `proposals`; NaN where it did not propose the item."""

    items: Ints
    proposals: Mapping[str, Proposal]
    places: Mapping[str, Ints]
    log_rank: Floats

    def __len__(self) -> int:
        return len(self.items)

    @property
    def names(self) -> list[str]:
        """The sources that proposed anything, in order."""
        return list(self.proposals)

    def scores(self, name: str) -> Floats:
        """The score that a source gave each candidate, float32[m]; NaN where it did not propose it."""
        column = empty(len(self.items))
        if name in self.proposals:
            column[self.places[name]] = self.proposals[name].scores
        return column

    def log_ranks(self, name: str) -> Floats:
        """One source's row of `log_rank`, float32[m]."""
        if name not in self.proposals:
            return empty(len(self.items))
        row: Floats = self.log_rank[self.names.index(name)]
        return row

    def origin(self, name: str, place: int) -> int:
        """The number of the item that led a source to the candidate at `place`; −1 where none did."""
        origins = self.proposals[name].origins
        if origins is None:
            return -1
        return int(origins[np.flatnonzero(self.places[name] == place)[0]])


def pool_of(proposals: Mapping[str, Proposal], memory: Memory) -> Pool:
    """Joins proposals. Without sorting: each item writes its place into a scratch array, the first writer wins."""
    kept = {name: each for name, each in proposals.items() if len(each)}
    if not kept:
        return Pool(NOBODY, kept, {}, np.empty((0, 0), dtype=np.float32))
    every = np.concatenate([each.items for each in kept.values()])
    slot = memory.scratch
    line = np.arange(len(every), dtype=np.int32)
    slot[every[::-1]] = line[::-1]
    items = every[slot[every] == line]
    slot[items] = line[: len(items)]
    whole: npt.NDArray[np.int32] = slot[every]
    places: dict[str, Ints] = {}
    log_rank = np.full((len(kept), len(items)), np.nan, dtype=np.float32)
    start = 0
    for row, (name, each) in enumerate(kept.items()):
        place = places[name] = whole[start : start + len(each)]
        log_rank[row, place] = LOG_RANK[: len(each)]
        start += len(each)
    return Pool(items, kept, places, log_rank)
