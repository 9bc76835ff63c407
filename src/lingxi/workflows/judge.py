"""Judges whole pipelines: one slate a shopper at a time, against what the shoppers then bought.

It asks the code that serves, over the state as it stood then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Goods
from lingxi.domain.slate import Query
from lingxi.recommend.memory import Memory
from lingxi.recommend.parts import Surface
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.record import Trace
from lingxi.recommend.scene import Learnt, Scene
from lingxi.recommend.settings import Settings
from lingxi.state.state import State
from lingxi.train.evaluate import Lists, add, recalls
from lingxi.train.split import PURCHASE, Histories, Split, Truth
from lingxi.workflows.replay import state_at, user_of

Doubles = npt.NDArray[np.float64]
JUDGED = "home"
K = 10
METRIC = f"recall@{K}"
SHOWN = 100
"""Asked of a pipeline for the figures at 20 of what is new to the shopper."""


@dataclass(frozen=True, slots=True)
class Court:
    """A time to judge at: the state as it stood then, what each shopper had bought, and what they bought after it;
    `timezone` is the shop's (IANA name)."""

    at: int
    state: State
    truth: Truth
    histories: Histories
    timezone: str = "UTC"


def court_of(split: Split, goods: Goods, timezone: str = "UTC") -> Court:
    """Everything is in stock: a snapshot does not say what was."""
    return Court(split.at, state_at(split.past, goods), split.truth, Histories(split.past), timezone)


def lists(
    name: str, court: Court, bundle: Learnt | None, settings: Settings | None = None, surface: Surface | None = None
) -> Lists:
    """Every shopper's slate as a ranking: what is shown in order, then the other candidates by score."""
    memory, found = Memory(), Lists(name, [], [], [])
    scene = Scene(court.state, bundle, court.at, settings or Settings(), memory, court.timezone)
    for shopper, wanted in zip(court.truth.shopper.tolist(), court.truth.items, strict=True):
        _, trace = recommend(Query(surface=JUDGED, user=user_of(shopper), n=SHOWN), scene, surface=surface)
        history = court.histories.of(shopper)
        items = _ranking(trace)
        # A place in the ranking is its score: what the pipeline shows has no ties left to break.
        scores = -np.arange(len(items), dtype=np.float64)
        add(found, items, scores, wanted, np.unique(history.item[history.kind == PURCHASE]))
    return found


def values(
    court: Court, bundle: Learnt | None, settings: Settings | None = None, surface: Surface | None = None
) -> Doubles:
    """Recall at 10 of each shopper's slate, float64[u]."""
    return recalls(lists(JUDGED, court, bundle, settings, surface), court.truth, K)


def bare(surface: str = JUDGED) -> Surface:
    """A surface without what a shop adds to accuracy: nothing of the shopper's own is filtered, nothing reranked."""
    return replace(surface_of(surface), filters=("hidden", "out_of_stock", "requested"), reranker=None)


def _ranking(trace: Trace) -> npt.NDArray[np.int32]:
    rest = trace.code == 0
    rest[trace.chosen] = False
    left = np.flatnonzero(rest)
    order = left[np.lexsort((trace.pool.items[left], -trace.scores.total[left]))]
    ranked: npt.NDArray[np.int32] = trace.pool.items[np.concatenate([trace.chosen, order])]
    return ranked
