"""The full account of one slate: what proposed, what removed, what scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.slate import Slate
from lingxi.recommend._kernels import rows_at
from lingxi.recommend.merchandising.told import Ruled, Ruling
from lingxi.recommend.parts import Floats, Ints, Scores
from lingxi.recommend.pool import Pool
from lingxi.recommend.varied import Arrangement


class Account(Struct, frozen=True, kw_only=True):
    """Why one item stands where it stands.

    `ranks`: its rank, from 1, in the list of each source that proposed it. `inputs`: what the scorer read (what is not
    known is absent); `parts`: what each added to the score. `place`: its rank by score. `moved`: by how many places
    repetition, freshness, the reranker (by its name) and exploration moved it up (below 0: down) from there to where it
    stands; what moved it nowhere is absent. `propensity` as in the slate.
    """

    item: str
    source: str
    score: float
    place: int
    ranks: dict[str, int]
    inputs: dict[str, float]
    parts: dict[str, float]
    moved: dict[str, int] = {}
    propensity: float | None = None


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`proposed`: how many each source proposed. `removed`: the items that each filter removed, by its name; what two
    would have removed stands under the first. `rules`: what merchant rules did. `at` is µs UTC."""

    request: str
    surface: str
    model: str | None
    seq: int
    at: int
    candidates: int
    proposed: dict[str, int]
    removed: dict[str, list[str]]
    picks: list[Account]
    rules: list[Ruled] = []


@dataclass(frozen=True, slots=True)
class Trace:
    """How one slate came about: arrays, no request waits for a record.

    `code` int8[m] is the place, from 1, of the filter that removed a candidate, 0 for what stayed. `chosen` are the
    candidates that are shown, in order, with their scores `shown`; `arranged` says how they came to be. `held` is what
    is remembered of the shopper until their next act, None for who was never seen.
    """

    slate: Slate
    at: int
    ids: Sequence[str]
    pool: Pool
    filters: tuple[str, ...]
    code: npt.NDArray[np.int8]
    scores: Scores
    chosen: npt.NDArray[np.intp]
    shown: Scores
    arranged: Arrangement
    held: dict[str, Any] | None = None
    ruling: Ruling | None = None

    def outline(self) -> Outline:
        """What of it a record needs."""
        pool, scores, chosen = self.pool, self.scores, self.chosen
        return Outline(
            slate=self.slate,
            at=self.at,
            ids=self.ids,
            proposed={name: len(each.items) for name, each in pool.proposals.items()},
            filters=self.filters,
            code=self.code,
            items=pool.items.copy(),
            total=scores.total,
            chosen=chosen,
            arranged=self.arranged,
            log_rank=rows_at(pool.log_rank.T, chosen),
            scores=self.shown,
            ruling=self.ruling,
        )

    def record(self) -> Record:
        """The record."""
        return self.outline().record()


@dataclass(frozen=True, slots=True)
class Outline:
    """A trace without what only the making of the slate needed: a tenth of the memory, for as long as it is kept.

    `items` int32[m], `total` float32[m] and `code` are of all candidates; `log_rank` float32[n, sources] and `scores`
    of the chosen alone.
    """

    slate: Slate
    at: int
    ids: Sequence[str]
    proposed: dict[str, int]
    filters: tuple[str, ...]
    code: npt.NDArray[np.int8]
    items: Ints
    total: Floats
    chosen: npt.NDArray[np.intp]
    arranged: Arrangement
    log_rank: Floats
    scores: Scores
    ruling: Ruling | None = None

    def record(self) -> Record:
        """The record."""
        slate = self.slate
        removed = {name: self._ids(self.items[self.code == k + 1]) for k, name in enumerate(self.filters)}
        return Record(
            request=slate.request,
            surface=slate.surface,
            model=slate.model,
            seq=slate.seq,
            at=self.at,
            candidates=len(self.items),
            proposed=self.proposed,
            removed={name: items for name, items in removed.items() if items},
            picks=self._accounts(),
            rules=[] if self.ruling is None else self.ruling.told(self.ids),
        )

    def _accounts(self) -> list[Account]:
        scores, stayed = self.scores, self.total[self.code == 0]
        rows = zip(
            self.slate.picks,
            scores.total,
            scores.values,
            scores.parts(),
            self.log_rank,
            self.arranged.moved(),
            strict=True,
        )
        return [
            Account(
                item=pick.item,
                source=pick.source,
                score=pick.score,
                place=int((stayed > total).sum()) + 1,
                ranks={
                    name: round(float(np.exp(rank)))
                    for name, rank in zip(self.proposed, ranks, strict=True)
                    if np.isfinite(rank)
                },
                inputs=_known(scores.inputs, values),
                parts=_known(scores.inputs, parts),
                moved=moved,
                propensity=pick.propensity,
            )
            for pick, total, values, parts, ranks, moved in rows
        ]

    def _ids(self, items: Ints) -> list[str]:
        return [self.ids[number] for number in items]


def _known(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(names, values, strict=True) if np.isfinite(value)}
