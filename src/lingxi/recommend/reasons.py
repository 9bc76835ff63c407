"""Why each item was picked: the source that did most for it, its evidence, a sentence in two languages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.slate import Reason
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Scores
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
    gains = scores.parts(chosen) - scores.absent
    names = pool.names
    merit = np.where(np.isfinite(pool.log_rank[:, chosen].T), np.float32(0), -np.inf)
    for source, columns in _columns(scores.inputs, names).items():
        merit[:, source] += gains[:, columns].sum(axis=1)
    return [names[place] for place in merit.argmax(axis=1)]


def _columns(inputs: tuple[str, ...], names: list[str]) -> dict[int, list[int]]:
    """The inputs that speak for each source, as places of both."""
    found: dict[int, list[int]] = {}
    for column, name in enumerate(inputs):
        first = name.removeprefix("log ").partition(".")[0]
        source = OF_FEATURE.get(first, first)
        if source in names:
            found.setdefault(names.index(source), []).append(column)
    return found


def reason(moment: Moment, pool: Pool, source: str, place: int) -> Reason:
    """The reason of one pick."""
    part = registry.load("recommend/sources", source, "SOURCE")
    evidence = part.evidence(moment, int(pool.items[place]), pool.origin(source, place))
    return moment.scene.memory.list(("reason", source, evidence), moment.now, lambda: _say(moment, source, evidence))


def _say(moment: Moment, source: str, evidence: tuple[int, ...]) -> Reason:
    part = registry.load("recommend/sources", source, "SOURCE")
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
