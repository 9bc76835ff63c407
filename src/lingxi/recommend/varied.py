"""From scores to the order that is shown: repetition, freshness, the reranker, what rules demand, exploration.

Each step is kept, so that a record can tell who moved what.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.recommend._kernels import first_of
from lingxi.recommend.exploring import explored
from lingxi.recommend.moment import Moment
from lingxi.recommend.pacing import Steps, paced
from lingxi.recommend.parts import Bools, Doubles, Floats, Ints, Reranker, Surface

Places = npt.NDArray[np.intp]
BY_SCORE: Final = "score"
RULES: Final = "rules"
EXPLORATION: Final = "exploration"


@dataclass(frozen=True, slots=True)
class Varied:
    """The m candidates of a slate, of which `there` int64[k] may be shown: their scores after `steps` are `total`
    float32[m], those before and after each float32[k]; `reranker` is the name of the part that orders them."""

    moment: Moment
    items: Ints
    total: Floats
    there: Places
    scores: Floats
    steps: Steps
    reranker: str

    def best(self, places: Places) -> Places:
        """The best of these candidates, in the order that they would be shown in."""
        items, total, n = self.items[places], self.total[places], self.moment.query.n
        if self.reranker == BY_SCORE:
            first: Places = places[first_of(items, total, n)]
            return first
        reranker: Reranker = registry.load("recommend/rerankers", self.reranker, "RERANKER")
        return places[reranker.order(self.moment, items, total, n)]

    def shown(self, order: Places, ruled: Places, free: Bools, group: Ints | None = None) -> Arrangement:
        """What is shown, and how it came about: the best in `order`, as rules had them `ruled`, then with exploration
        among what is `free` bool[m], within the same `group` int32[quotas, m] of each quota."""
        group = np.empty((0, len(free)), dtype=np.int32) if group is None else group
        shown, propensity = explored(self.moment, self.items, self.total, ruled, free, group)
        return Arrangement(self.there, self.scores, self.steps, self.reranker, order, ruled, shown, propensity)


def vary(moment: Moment, surface: Surface, items: Ints, total: Floats, stayed: Bools) -> Varied:
    """Candidates int32[m] with their scores float32[m], of which those that `stayed` bool[m] may be shown."""
    there = np.flatnonzero(stayed)
    scores = total[there]
    steps = paced(moment, items[there], scores, moment.query.n)
    if steps:
        total = total.copy()
        total[there] = steps[-1][1]
    return Varied(moment, items, total, there, scores, steps, reranker_of(moment, surface))


def reranker_of(moment: Moment, surface: Surface) -> str:
    """Which reranker this surface has in this shop; `BY_SCORE` for none.

    A surface that has none of its own gets one from its own settings only, not from the shop's; one whose reranker was
    left out ("none") from neither.
    """
    wanted: str | None = moment.settings.reranker
    own = moment.scene.settings.surfaces.get(moment.query.surface, {})
    if wanted == "auto" or surface.reranker == "none" or (surface.reranker is None and "reranker" not in own):
        wanted = surface.reranker
    return BY_SCORE if wanted is None or wanted == "none" else wanted


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who moved what: places among the candidates, but for the scores of those that were `there` (see `Varied`).

    `order` is what the reranker made, `ruled` what rules made of it, `shown` what is shown. `propensity` float64[n] is
    NaN where a place could not explore, None where none could.
    """

    there: Places
    scores: Floats
    steps: Steps
    reranker: str
    order: Places
    ruled: Places
    shown: Places
    propensity: Doubles | None

    def chances(self) -> list[float | None]:
        """The propensities as a slate tells them: None where a place could not explore."""
        if self.propensity is None:
            return [None] * len(self.shown)
        return [None if math.isnan(each) else each for each in self.propensity.tolist()]

    def moved(self) -> list[dict[str, int]]:
        """For each that is shown by how many places each step moved it up (below 0: down), where it moved it; its place
        by score less all of these is where it stands."""
        told: list[dict[str, int]] = [{} for _ in self.shown]
        rows = np.searchsorted(self.there, self.shown)
        before = _ranks(self.scores, rows)
        for name, after in self._after(before, rows):
            for said, gained in zip(told, (before - after).tolist(), strict=True):
                if gained:
                    said[name] = gained
            before = after
        return told

    def _after(self, rank: Places, rows: Places) -> list[tuple[str, Places]]:
        """Where each that is shown stood after each step, from 1. What an order puts nowhere stands where it did."""
        found = []
        for name, scores in self.steps:
            found.append((name, rank := _ranks(scores, rows)))
        for name, order in ((self.reranker, self.order), (RULES, self.ruled), (EXPLORATION, self.shown)):
            found.append((name, rank := self._places(order, rank)))
        return found

    def _places(self, order: Places, rank: Places) -> Places:
        """The place of each that is shown in an order, from 1; its `rank` where it is not in it."""
        place = {each: at for at, each in enumerate(order.tolist(), start=1)}
        return np.array([place.get(each, at) for each, at in zip(self.shown.tolist(), rank.tolist(), strict=True)])


def _ranks(scores: Floats, rows: Places) -> Places:
    """The rank, from 1, of these rows by score; equal scores share the first."""
    ranks: Places = (scores[None, :] > scores[rows, None]).sum(axis=1) + 1
    return ranks
