"""The candidates of one slate: what the sources proposed, each item once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lingxi.recommend._kernels import join, ranks_at
from lingxi.recommend.memory import Memory
from lingxi.recommend.parts import NOBODY, Floats, Ints, Proposal, empty
from lingxi.recommend.stages import stage

LOG_RANK: Floats = np.log(np.arange(1, 4097)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Pool:
    """`items` int32[m], distinct, in order of first proposal. `log_rank` float32[sources, m] is the logarithm of the
    rank, from 1, in the list of each source of `proposals`; NaN where it did not propose the item. `behind`
    float32[sources] is that of the last in each list."""

    items: Ints
    proposals: Mapping[str, Proposal]
    places: Mapping[str, Ints]
    log_rank: Floats
    behind: Floats

    def __len__(self) -> int:
        return len(self.items)

    @property
    def names(self) -> tuple[str, ...]:
        """The sources that proposed anything, in order."""
        return tuple(self.proposals)

    def scores(self, name: str) -> Floats:
        """The score that a source gave each candidate, float32[m]; NaN where it did not propose it."""
        column = empty(len(self.items))
        if name in self.proposals:
            column[self.places[name]] = self.proposals[name].scores
        return column

    def ranks(self, name: str, places: npt.NDArray[np.intp]) -> list[int]:
        """Where, from 0, each of these candidates stands in the list of the source of that name, which has proposed
        them."""
        ranks: list[int] = ranks_at(self.log_rank, self.names.index(name), places).tolist()
        return ranks


@stage("join")
def pool_of(proposals: Mapping[str, Proposal], memory: Memory) -> Pool:
    """Joins proposals; an item's place is where it was first proposed."""
    kept = {name: each for name, each in proposals.items() if len(each)}
    if not kept:
        return Pool(NOBODY, kept, {}, np.empty((0, 0), dtype=np.float32), np.empty(0, dtype=np.float32))
    lists = [each.items for each in kept.values()]
    every = np.concatenate(lists)
    sizes = np.array([len(each) for each in lists])
    items, places = np.empty_like(every), np.empty_like(every)
    log_rank = np.empty((len(lists), len(every)), dtype=np.float32)
    count = join(every, sizes, memory.scratch, items, places, log_rank, LOG_RANK)
    spans: dict[str, Ints] = {}
    start = 0
    for name, each in kept.items():
        spans[name] = places[start : start + len(each)]
        start += len(each)
    return Pool(items[:count], kept, spans, log_rank[:, :count], LOG_RANK[np.minimum(sizes, len(LOG_RANK)) - 1])
