"""Compiles the kernels before the first request, on a state that is thrown away."""

from __future__ import annotations

import numpy as np

from lingxi.domain.event import KINDS
from lingxi.domain.item import Item
from lingxi.ports.log import Run
from lingxi.state.state import FEW, State


def warm() -> None:
    """Runs one event and a batch of them through every kernel; compiled code is kept on disk for the next process."""
    state = State.empty()
    state.apply(_acts(1, 1))
    state.apply(_acts(2, max(FEW, len(KINDS))))
    state.items.post(Item(id="0"), 0)
    for group in state.acts:
        state.neighbours(0, group, 0, 1)


def _acts(first: int, count: int) -> Run:
    """Acts of every kind on one item by one shopper."""
    numbers = np.zeros(count, np.int32)
    times = np.arange(first, first + count, dtype=np.int64)
    nothing = np.full(count, np.nan)
    return Run(
        seq=times,
        type=np.zeros(count, np.int8),
        at=times,
        received=times,
        tie=times,
        shopper=numbers,
        item=numbers,
        kind=(np.arange(count) % len(KINDS)).astype(np.int8),
        quantity=nothing,
        price=nothing,
        list_price=nothing,
        value=nothing,
        query=np.zeros(count, np.int64),
        order=np.zeros(count, np.int64),
        marked=np.zeros(count, np.bool_),
        entries={},
        new_items={0: "0"},
        new_shoppers={0: "s:0"},
    )
