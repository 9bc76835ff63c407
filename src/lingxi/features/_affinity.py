"""Of what a shopper lately did, how much was with items of a group: of a category, a brand, a seller.

An act weighs by its kind as in `popularity`: a purchase is 1, a view a tenth. Weights fade with a life of 28 days.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KINDS
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, Arrays, Feature, Floats, Rows

WEIGHT: Final = {
    "view": 0.1,
    "click": 0.1,
    "add_to_cart": 0.5,
    "purchase": 1.0,
    "like": 0.3,
    "follow": 0.3,
    "share": 0.3,
}
WEIGHTS: Final = np.array([WEIGHT.get(kind, 0.0) for kind in KINDS])
LIFE: Final = 28.0 * DAY
ALIKE: Final = 1.0
"""Weight in no group at all that a shopper is taken to have beside the own one: one purchase is half an affinity."""


@compiled
def gathered(at: Any, item: Any, kind: Any, group: Any, weights: Any, now: int, life: float) -> Any:  # pragma: no cover
    """The faded weight of the acts by group number, float64[greatest number met + 1], and of all that are in one.

    `group` int32 is by item number, −1 for an item of none; acts without an item count for nothing.
    """
    greatest = -1
    for i in range(len(item)):
        if item[i] >= 0:
            greatest = max(greatest, group[item[i]])
    found = np.zeros(greatest + 1)
    total = 0.0
    for i in range(len(item)):
        if item[i] >= 0 and group[item[i]] >= 0 and weights[kind[i]] > 0.0:
            weight = weights[kind[i]] * math.exp(-max(now - at[i], 0) / life)
            found[group[item[i]]] += weight
            total += weight
    return found, total


@compiled
def picked(found: Any, scale: float, group: Any, items: Any) -> Any:  # pragma: no cover
    """Of each item what was found of its group, times `scale`, float32[items]; 0 for an item of none."""
    values = np.zeros(len(items), np.float32)
    for i in range(len(items)):
        number = group[items[i]]
        if 0 <= number < len(found):
            values[i] = found[number] * scale
    return values


def share(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The faded weight in the item's group over that in all groups and `ALIKE`."""
    at, item, kind, group = columns
    found, total = gathered(at, item, kind, group, WEIGHTS, now, LIFE)
    values: Floats = picked(found, 1.0 / (total + ALIKE), group, items)
    return values


def weight(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The faded weight in the item's group."""
    at, item, kind, group = columns
    found, _ = gathered(at, item, kind, group, WEIGHTS, now, LIFE)
    values: Floats = picked(found, 1.0, group, items)
    return values


def affinity(group: str) -> Feature:
    """The affinity to a group: a column of the catalog."""
    return Feature(
        name=f"{group}_affinity",
        scope="history",
        columns=(),
        reads={"share": share, "weight": weight},
        catalog=(group,),
    )
