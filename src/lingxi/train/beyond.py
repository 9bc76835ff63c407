"""What a ranking is like beside how often it hits: varied, new, spread, in the shopper's own shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.history import Goods, Interactions
from lingxi.metrics.calibration import miscalibration
from lingxi.metrics.concentration import shown
from lingxi.metrics.diversity import diversity
from lingxi.metrics.novelty import novelty
from lingxi.metrics.popularity_bias import lift, popularity
from lingxi.metrics.serendipity import serendipity
from lingxi.train.evaluate import Lists
from lingxi.train.split import PURCHASE, Histories, Truth

Ints = npt.NDArray[np.int32]


class Beyond(Struct, frozen=True, kw_only=True):
    """Means over the shoppers of `metrics/diversity`, `metrics/novelty` (bits), `metrics/serendipity`, the `popularity`
    and its `lift` of `metrics/popularity_bias` and `metrics/calibration` (bits off), and the Gini coefficient of what
    all are shown together. NaN: nothing to judge."""

    diversity: float
    novelty: float
    serendipity: float
    popularity: float
    lift: float
    gini: float
    miscalibration: float


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at the cut: `category` int32[items] (-1: none), `acts` int64[items] and, in the order of the truth,
    what each shopper chose `before`: bought, or looked at where nothing was bought."""

    category: Ints
    acts: npt.NDArray[np.int64]
    before: list[Ints]
    wanted: list[Ints]


def known_of(past: Interactions, histories: Histories, truth: Truth, goods: Goods) -> Known:
    """What the past says of the items and of the truth's shoppers."""
    acts = np.bincount(past.item[past.item >= 0], minlength=len(goods)).astype(np.int64)
    before = [_chosen(histories, shopper) for shopper in truth.shopper.tolist()]
    return Known(goods.category, acts, before, truth.items)


def _chosen(histories: Histories, shopper: int) -> Ints:
    history = histories.of(shopper)
    bought = history.item[(history.kind == PURCHASE) & (history.item >= 0)]
    return bought if len(bought) else history.item[history.item >= 0]


def beyond(lists: Lists, known: Known, k: int, catalogue: int) -> Beyond:
    """The figures of a ranking at `k`; `catalogue` is how many items could have been shown."""
    return Beyond(
        diversity=_mean(diversity(lists.picks, k, known.category)),
        novelty=_mean(novelty(lists.picks, k, known.acts)),
        serendipity=_mean(serendipity(lists.picks, known.wanted, k, known.acts, catalogue)),
        popularity=_mean(popularity(lists.picks, k, known.acts)),
        lift=lift(lists.picks, k, known.before, known.acts),
        gini=shown(lists.picks, k, catalogue),
        miscalibration=_mean(miscalibration(lists.picks, k, known.before, known.category)),
    )


def _mean(values: npt.NDArray[np.float64]) -> float:
    judged = values[np.isfinite(values)]
    return float(judged.mean()) if len(judged) else float("nan")
