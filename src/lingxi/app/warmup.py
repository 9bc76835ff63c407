"""Answers before anybody asks: every surface, every rung, with and without a shopper, so that the first request finds
kernels, features and the model as warm as the thousandth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lingxi import registry
from lingxi.domain.errors import LingxiError
from lingxi.domain.slate import Query
from lingxi.recommend.ladder import Rung
from lingxi.state.state import State

Answers = Callable[[Query, Rung], Any]
"""Answers a query, as dear as this rung allows, and keeps nothing of it."""


def warm_up(state: State, answer: Answers) -> None:
    """Answers once for each surface, rung and kind of shopper. What a shop without items cannot
    answer is passed over."""
    for query in _queries(state):
        for rung in Rung:
            try:
                answer(query, rung)
            except LingxiError:
                break


def _queries(state: State) -> Iterator[Query]:
    posted = np.flatnonzero(state.items.column("posted"))
    items = (state.items.ids[int(posted[0])],) if len(posted) else ()
    who = next((name[2:] for name in state.shopper_number if name.startswith("u:")), None)
    for surface in registry.names("recommend/surfaces"):
        yield Query(surface=surface, items=items, session="warm-up")
        yield Query(surface=surface, items=items, user=who, price_min=0.0, exclude=items)
