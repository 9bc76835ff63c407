"""The full account of one slate: what proposed, what removed, what scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.slate import Slate
from lingxi.recommend.parts import Floats, Ints, Scores
from lingxi.recommend.pool import Pool


class Account(Struct, frozen=True, kw_only=True):
    """Why one item stands where it stands.

    `ranks`: its rank, from 1, in the list of each source that proposed it. `inputs`: what the scorer read (what is not
    known is absent); `parts`: what each added to the score. `place`: its rank by score, before the reranker.
    """

    item: str
    source: str
    score: float
    place: int
    ranks: dict[str, int]
    inputs: dict[str, float]
    parts: dict[str, float]


class Record(Struct, frozen=True, kw_only=True):
    """`proposed`: how many each source proposed. `removed`: the items that each filter removed, by its name; what two
    would have removed stands under the first. `at` is µs UTC."""

    request: str
    surface: str
    model: str | None
    seq: int
    at: int
    candidates: int
    proposed: dict[str, int]
    removed: dict[str, list[str]]
    picks: list[Account]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a record is made from when one is asked for: arrays, no request waits for it.

    `code` int8[m] is the place, from 1, of the filter that removed a candidate, 0 for what stayed. `chosen` are the
    candidates that are shown, in order; `before` the rank of each by score.
    """

    slate: Slate
    at: int
    ids: list[str]
    pool: Pool
    filters: tuple[str, ...]
    code: npt.NDArray[np.int8]
    scores: Scores
    chosen: npt.NDArray[np.intp]

    def record(self) -> Record:
        """The record."""
        slate, pool = self.slate, self.pool
        removed = {name: self._ids(pool.items[self.code == k + 1]) for k, name in enumerate(self.filters)}
        return Record(
            request=slate.request,
            surface=slate.surface,
            model=slate.model,
            seq=slate.seq,
            at=self.at,
            candidates=len(pool),
            proposed={name: len(each) for name, each in pool.proposals.items()},
            removed={name: items for name, items in removed.items() if items},
            picks=self._accounts(),
        )

    def _accounts(self) -> list[Account]:
        total, parts = self.scores.total, self.scores.parts(self.chosen)
        stayed = total[self.code == 0]
        accounts = []
        for pick, place, part in zip(self.slate.picks, self.chosen, parts, strict=True):
            ranks = self.pool.log_rank[:, place]
            accounts.append(
                Account(
                    item=pick.item,
                    source=pick.source,
                    score=pick.score,
                    place=int((stayed > total[place]).sum()) + 1,
                    ranks={
                        name: round(float(np.exp(rank)))
                        for name, rank in zip(self.pool.names, ranks, strict=True)
                        if np.isfinite(rank)
                    },
                    inputs=_known(self.scores.inputs, self.scores.values[place]),
                    parts=_known(self.scores.inputs, part),
                )
            )
        return accounts

    def _ids(self, items: Ints) -> list[str]:
        return [self.ids[number] for number in items]


def _known(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(names, values, strict=True) if np.isfinite(value)}
