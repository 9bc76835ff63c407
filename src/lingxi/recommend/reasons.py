"""Why each item was picked: the source that did most for it, its evidence, a sentence in two languages."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.slate import Reason
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
    gains = scores.gains(chosen) @ _merits(scores.inputs, names)
    gains[np.isnan(pool.log_rank[:, chosen]).T] = -np.inf
    return [names[place] for place in gains.argmax(axis=1)]


@cache
def _merits(inputs: tuple[str, ...], names: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Which inputs speak for which source: 0 or 1, float32[inputs, sources]."""
    merits = np.zeros((len(inputs), len(names)), dtype=np.float32)
    for row, name in enumerate(inputs):
        first = name.rpartition(" * ")[2].removeprefix("log ").partition(".")[0]
        source = OF_FEATURE.get(first, first)
        if source in names:
            merits[row, names.index(source)] = 1.0
    return merits


class Reasons:
    """The reasons of one slate's picks: many share one."""

    def __init__(self, moment: Moment, pool: Pool) -> None:
        self._moment, self._pool = moment, pool
        self._said: dict[tuple[str, tuple[int, ...]], Reason] = {}

    def of(self, source: str, item: int, place: int) -> Reason:
        """The reason of the candidate `item`, at `place` of the pool, that `source` speaks for."""
        moment = self._moment
        key = (source, _part(source).evidence(moment, item, self._pool.origin(source, place)))
        held = self._said.get(key)
        if held is None:
            held = self._said[key] = moment.scene.memory.list(("reason", key), moment.now, lambda: _say(moment, *key))
        return held


@cache
def _part(source: str) -> Source:
    part: Source = registry.load("recommend/sources", source, "SOURCE")
    return part


def _say(moment: Moment, source: str, evidence: tuple[int, ...]) -> Reason:
    part = _part(source)
    ids = tuple(moment.state.items.ids[number] for number in evidence)
    if not ids or "{}" not in part.en:
        return Reason(source, ids, part.en.replace(": {}", ""), part.zh.replace("{}", "物品"))
    english, chinese = [], []
    for number, name in zip(evidence, ids, strict=True):
        item = moment.state.item(number)
        title = item.title if item is not None and item.title else name
        english.append(title)
        chinese.append(f"“{item.title_zh if item is not None and item.title_zh else title}”")
    return Reason(source, ids, part.en.format(", ".join(english)), part.zh.format("、".join(chinese)))
