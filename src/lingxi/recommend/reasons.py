"""Why each item was picked: the source that did most for it, its evidence, a sentence in two languages."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.slate import Reason
from lingxi.recommend._kernels import lead
from lingxi.recommend.because import Because
from lingxi.recommend.memory import LASTING
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


SAID = 20_000
"""Reasons in words, and names of items, that are kept for all."""


def leading(pool: Pool, scores: Scores, chosen: npt.NDArray[np.intp]) -> list[str]:
    """For each chosen candidate, with their `scores`, the source, among those that proposed it, whose inputs raise its
    score the most against the same inputs missing."""
    names = pool.names
    gains = np.ascontiguousarray(scores.gains())
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


def reasons_of(moment: Moment, pool: Pool, led: list[str], chosen: npt.NDArray[np.intp]) -> list[Reason]:
    """The reason of each chosen candidate, by the source that leads it. Without a context they are kept for the shopper
    as long as the catalog stays the same: the same pick has the same reason until the next act."""
    posts, items = moment.state.items.posts, pool.items[chosen].tolist()
    held: dict[tuple[str, int, bool], Reason] = {} if len(moment.context) else moment.abreast("reasons", posts, dict)
    unnamed = {source: _part(source).unnamed(moment) for source in {*led}}
    keys = [(source, item, unnamed[source]) for source, item in zip(led, items, strict=True)]
    late: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key not in held:
            late.setdefault(key[0], []).append(place)
    said: dict[tuple[str, Because], Reason] = _kept(moment, "said") if late else {}
    for source, places in late.items():
        ranks = pool.ranks(source, chosen[places])
        becauses = _part(source).because(moment, pool.proposals[source], ranks)
        for place, because in zip(places, becauses, strict=True):
            if (reason := said.get((source, because))) is None:
                reason = said[source, because] = _say(moment, source, because)
            held[keys[place]] = reason
    return [held[key] for key in keys]


@cache
def _part(source: str) -> Source:
    part: Source = registry.load("recommend/sources", source, "SOURCE")
    return part


def _kept(moment: Moment, what: str) -> dict[Any, Any]:
    """What is said of items to all, until the catalog changes or it is too much."""
    kept = moment.scene.memory.list((what, moment.state.items.posts), moment.now, dict[Any, Any], LASTING)
    if len(kept) >= SAID:
        kept.clear()
    return kept


def _say(moment: Moment, source: str, because: Because) -> Reason:
    if not because.items:
        return Reason(source, (), because.en, because.zh)
    known: dict[int, tuple[str, str, str]] = _kept(moment, "names")
    named = [known.get(number) or known.setdefault(number, _names(moment, number)) for number in because.items]
    ids, english, chinese = zip(*named, strict=True)
    return Reason(source, ids, because.en.format(*english), because.zh.format(*chinese))


def _names(moment: Moment, number: int) -> tuple[str, str, str]:
    """An item's id, and what it is called in the two languages."""
    name, item = moment.state.items.ids[number], moment.state.item(number)
    title = item.title if item is not None and item.title else name
    return name, title, f"“{item.title_zh if item is not None and item.title_zh else title}”"
