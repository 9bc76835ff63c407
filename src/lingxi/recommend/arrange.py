"""From scores to the order that is shown: repetition, freshness, the reranker, exploration; each step is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.recommend.exploring import explored
from lingxi.recommend.moment import Moment
from lingxi.recommend.pacing import Steps, paced
from lingxi.recommend.parts import Doubles, Floats, Ints, Reranker, Surface

Places = npt.NDArray[np.intp]
BY_SCORE: Final = "score"
EXPLORATION: Final = "exploration"
RULES: Final = "rules"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What moved the m candidates that stayed: their `scores` float32[m], those after each of `steps`, the places that
    `reranker` (by its name) put in `order`, those with what was `explored` among them, and those that are `shown`, once
    merchant rules had their say; all int64[n] into m. `propensity` float64[n] is NaN where a place could not explore,
    None where none could."""

    scores: Floats
    steps: Steps
    reranker: str
    order: Places
    explored: Places
    shown: Places
    propensity: Doubles | None

    def overruled(self, shown: Places) -> Arrangement:
        """The same where merchant rules have others `shown`, or in other places: what they moved has no chance of its
        own any more."""
        if self.propensity is None:
            return replace(self, shown=shown)
        both = min(len(shown), len(self.shown))
        chances = np.full(len(shown), np.nan)
        chances[:both] = np.where(shown[:both] == self.shown[:both], self.propensity[:both], np.nan)
        return replace(self, shown=shown, propensity=chances)

    def chances(self) -> list[float | None]:
        """The propensities as a slate tells them: None where a place could not explore."""
        if self.propensity is None:
            return [None] * len(self.shown)
        return [None if math.isnan(each) else each for each in self.propensity.tolist()]

    def moved(self) -> list[dict[str, int]]:
        """For each that is shown by how many places each step moved it up (below 0: down), where it moved it; its place
        by score less all of these is where it stands."""
        told: list[dict[str, int]] = [{} for _ in self.shown]
        before = _ranks(self.scores, self.shown)
        for name, after in self._ranks():
            for said, gained in zip(told, (before - after).tolist(), strict=True):
                if gained:
                    said[name] = gained
            before = after
        return told

    def _ranks(self) -> list[tuple[str, Places]]:
        """Where each that is shown stood after each step, from 1. What a step put nowhere stands where it did."""
        ranks = [(name, _ranks(scores, self.shown)) for name, scores in self.steps]
        last = ranks[-1][1] if ranks else _ranks(self.scores, self.shown)
        for name, order in ((self.reranker, self.order), (EXPLORATION, self.explored), (RULES, self.shown)):
            places = np.zeros(len(self.scores), np.int64)
            places[order] = np.arange(1, len(order) + 1)
            placed = places[self.shown]
            last = np.where(placed > 0, placed, last)
            ranks.append((name, last))
        return ranks


def arrange(moment: Moment, surface: Surface, items: Ints, scores: Floats) -> Arrangement:
    """The order in which the best of `items` int32[m] with their scores are shown."""
    n = moment.query.n
    steps = paced(moment, items, scores, n)
    last = steps[-1][1] if steps else scores
    name = reranker_of(moment, surface)
    if name == BY_SCORE:
        order = np.lexsort((items, -last))[:n]
    else:
        reranker: Reranker = registry.load("recommend/rerankers", name, "RERANKER")
        order = reranker.order(moment, items, last, n)
    shown, propensity = explored(moment, items, last, order)
    return Arrangement(scores, steps, name, order, shown, shown, propensity)


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


def _ranks(scores: Floats, places: Places) -> Places:
    """The rank, from 1, of these places by score; equal scores share the first."""
    ranks: Places = (scores[None, :] > scores[places, None]).sum(axis=1) + 1
    return ranks
