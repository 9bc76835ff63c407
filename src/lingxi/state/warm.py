"""Compiles the kernels before the first request, on a state that is thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lingxi.domain.event import KIND_CODE, KINDS, Kind
from lingxi.domain.item import Item
from lingxi.ports.log import Run
from lingxi.state.state import FEW, State


def warm() -> None:
    """Runs one event and a batch of them through every kernel, and reads every feature of a history; compiled code is
    kept on disk for the next process."""
    state = State.empty()
    state.apply(_acts(1, KINDS[:1]))
    state.apply(_acts(2, KINDS * FEW))
    state.apply(_acts(2 + FEW * len(KINDS), ("add_to_cart",)))
    state.items.post(Item(id="0"), 0)
    state.items.records.saved()()
    state.keeper.told_by(*state.histories.of(0)[:4])
    for group in state.acts:
        state.neighbours(0, group, 0, 1)
    _read(state)


def _read(state: State) -> None:
    """Every read of a shopper's history, as a slate asks for it."""
    view = state.shopper(None, "0")
    if view is None:
        return
    for feature in state.features.values():
        if feature.scope == "history":
            for read in feature.reads:
                view.toward(f"{feature.name}.{read}", np.zeros(1, np.int32), 0)


def _acts(first: int, kinds: Sequence[Kind]) -> Run:
    """Acts of these kinds on one item by one shopper."""
    numbers = np.zeros(len(kinds), np.int32)
    times = np.arange(first, first + len(kinds), dtype=np.int64)
    codes = np.array([KIND_CODE[kind] for kind in kinds], np.int8)
    run = Run.plain(times, times, numbers, numbers, codes, new_items={0: "0"}, new_shoppers={0: "s:0"})
    return replace(run, query=np.ones(len(kinds), np.int64))
