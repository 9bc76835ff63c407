"""How well an item is rated.

`mean` is the mean value of its ratings and reviews, drawn towards the mean of the whole shop as if it had five ratings
of that mean beside its own: one enthusiast makes no best item. In the shop's own scale (stars, points). An item without
ratings has the shop's mean; 0 where the shop has no ratings at all. `count` is how many there are, 0 and up.
Source: the Bayesian average, a mean with a prior.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import Arrays, Column, Feature, Floats, Rows

RATE: Final = KIND_CODE["rate"]
REVIEW: Final = KIND_CODE["review"]
ALIKE: Final = 5.0
"""Ratings of the shop's mean that an item is taken to have beside its own."""
STEP: Final = 1e3
"""Steps in which ratings are added: whole numbers, so that their order makes no difference."""


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int, value: float) -> None:  # pragma: no cover
    if kind in (RATE, REVIEW) and -math.inf < value < math.inf:
        total, count, every = columns
        steps = math.floor(value * STEP + 0.5)
        total[row] += steps
        count[row] += 1
        every[0] += steps
        every[1] += 1


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, value: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], value[i])


def mean(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The shrunk mean."""
    total, count, every = columns
    whole = every[0] / (every[1] * STEP) if every[1] else 0.0
    return np.asarray((total[rows] / STEP + ALIKE * whole) / (count[rows] + ALIKE), np.float32)


def count(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How many ratings it has."""
    return columns[1][rows].astype(np.float32)


FEATURE = Feature(
    name="rating",
    scope="item",
    columns=(Column("total", "int64", 0), Column("count", "int64", 0)),
    totals=("steps", "ratings"),
    kinds=("rate", "review"),
    numbers=("value",),
    update=update,
    fold=fold,
    reads={"mean": mean, "count": count},
)
