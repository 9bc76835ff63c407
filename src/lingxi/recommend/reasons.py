"""Why each item was picked: the source that did most for it, its evidence, a sentence in two languages."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.slate import Reason
from lingxi.recommend._kernels import lead
from lingxi.recommend.because import Because
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Scores, Source
from lingxi.recommend.pool import Pool

OF_FEATURE = {
    "own_frequency": "own",
    "recency": "own",
    "purchase_cycle": "own",
    "popularity": "popular",
}
"""Whose merit a feature's part is, where the source has proposed the item."""


def leading(pool: Pool, scores: Scores, chosen: npt.NDArray[np.intp]) -> list[str]:
    """For each chosen candidate the source, among those that proposed it, whose inputs raise its score the most against
    the same inputs missing."""
    names = pool.names
    gains = np.ascontiguousarray(scores.gains(chosen))
    best = lead(chosen, gains, _speaks(scores.inputs, names), pool.log_rank)
    return [names[place] for place in best.tolist()]


@cache
def _speaks(inputs: tuple[str, ...], names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """The place of the source that each input speaks for, int64[inputs]; −1 where there is none."""
    places = np.full(len(inputs), -1, dtype=np.int64)
    for row, name in enumerate(inputs):
        first = name.rpartition(" * ")[2].removeprefix("log ").partition(".")[0]
        source = OF_FEATURE.get(first, first)
        if source in names:
            places[row] = names.index(source)
    return places


class Reasons:
    """The reasons of one slate's picks: many share one."""

    def __init__(self, moment: Moment, pool: Pool) -> None:
        self._moment, self._pool = moment, pool
        self._said: dict[tuple[str, Because], Reason] = {}

    def of(self, source: str, rank: int) -> Reason:
        """The reason of the candidate that `source` speaks for, at this place of what it proposed."""
        moment = self._moment
        key = (source, _part(source).because(moment, self._pool.proposals[source], rank))
        held = self._said.get(key)
        if held is None:
            held = self._said[key] = moment.scene.memory.list(("reason", key), moment.now, lambda: _say(moment, *key))
        return held


@cache
def _part(source: str) -> Source:
    part: Source = registry.load("recommend/sources", source, "SOURCE")
    return part


def _say(moment: Moment, source: str, because: Because) -> Reason:
    ids = tuple(moment.state.items.ids[number] for number in because.items)
    english, chinese = [], []
    for number, name in zip(because.items, ids, strict=True):
        item = moment.state.item(number)
        title = item.title if item is not None and item.title else name
        english.append(title)
        chinese.append(f"“{item.title_zh if item is not None and item.title_zh else title}”")
    return Reason(source, ids, because.en.format(*english), because.zh.format(*chinese))
