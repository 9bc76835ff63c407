"""Builds runs as the log returns them, from a few words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lingxi.domain.change import tie_of
from lingxi.domain.event import KIND_CODE
from lingxi.domain.words import query_of
from lingxi.ports.log import Run


@dataclass(frozen=True)
class Act:
    """One event: who, what, which item, when (µs)."""

    shopper: int
    kind: str
    item: int
    at: int
    name: str = ""
    price: float = math.nan
    list_price: float = math.nan
    value: float = math.nan
    quantity: float = math.nan
    query: str = ""


SHOPPERS = 4
ITEMS = 6


def run_of(acts: Sequence[Act], first: int = 1, *, name: bool = True) -> Run:
    """A run of the acts from `first` on; it names all shoppers and items if `name`."""
    count = len(acts)
    at = np.array([act.at for act in acts], np.int64)
    return Run(
        seq=np.arange(first, first + count, dtype=np.int64),
        type=np.zeros(count, np.int8),
        at=at,
        received=at,
        tie=np.array([tie_of(act.name or repr(act)) for act in acts], np.int64),
        shopper=np.array([act.shopper for act in acts], np.int32),
        item=np.array([act.item for act in acts], np.int32),
        kind=np.array([KIND_CODE[act.kind] for act in acts], np.int8),
        quantity=np.array([act.quantity for act in acts], np.float64),
        price=np.array([act.price for act in acts], np.float64),
        list_price=np.array([act.list_price for act in acts], np.float64),
        value=np.array([act.value for act in acts], np.float64),
        query=np.array([query_of(act.query) for act in acts], np.int64),
        entries={},
        new_items={no: f"item-{no}" for no in range(ITEMS)} if name else {},
        new_shoppers={no: f"u:shopper-{no}" for no in range(SHOPPERS)} if name else {},
    )
