"""Gives a bundle's sequence model the index that finds its items, tried on the histories that it was fitted to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import structs, to_builtins

from lingxi.domain.bundle import Component
from lingxi.domain.history import Interactions
from lingxi.nearest.plan import AUTO, EXACT, Plan, Wanted
from lingxi.train.split import Histories

ENCODER: Final = "encoder_onnx"
QUERIES: Final = 256
TOGETHER: Final = 32
ACTS: Final = 256
"""Newest acts of a history that are encoded, as a slate does."""
Floats = npt.NDArray[np.float32]


def indexed(
    folder: Path, component: Component, encoder: Any, past: Interactions, wanted: Wanted, threads: int, seed: int
) -> Component:
    """The component with what was found (`nearest.plan.Plan`) among its settings, and the index's file beside its
    others where one was built. What is no encoder stays as it is.

    Raises:
        Unknown: there is no such kind of index.
    """
    if component.runtime != ENCODER:
        return component
    rows = len(encoder.near.vectors)
    if wanted.kind == EXACT or (wanted.kind == AUTO and rows <= wanted.exact_items):
        return _told(component, Plan(kind=EXACT, rows=rows))
    from lingxi.nearest.build import Rows, build  # faiss is loaded where there is an index
    from lingxi.nearest.index import write_index

    queries = encoded(encoder, past, seed)
    plan, index = build(Rows.of(encoder.near.vectors, encoder.near.bias), queries, wanted, threads, seed)
    if index is not None:
        write_index(folder / component.folder, index.faiss)
    return _told(component, plan)


def encoded(encoder: Any, past: Interactions, seed: int) -> Floats:
    """The histories of some shoppers at the end of `past` as the encoder's vectors, float32[q, d]."""
    histories, now = Histories(past), int(past.at[-1]) if len(past) else 0
    shoppers = histories.shoppers[histories.shoppers >= 0]
    drawn = np.random.default_rng(seed).permutation(shoppers)[:QUERIES]
    every = [histories.of(int(shopper), ACTS) for shopper in drawn]
    made = [encoder.encode_many(every[start : start + TOGETHER], now) for start in range(0, len(every), TOGETHER)]
    return np.concatenate([np.zeros((0, encoder.vectors.shape[1]), np.float32), *made])


def _told(component: Component, plan: Plan) -> Component:
    return structs.replace(component, settings={**component.settings, "index": to_builtins(plan)})
