"""How the item goes with what is in the cart now.

`size` is how many items are in the cart, the same for every item, 0 to 64; what an event put in and none took out or
bought, among the newest acts. `share` is the part of them that is of the item's category, 0 to 1: another one of the
same, or a rival. `complement` is the mean, over the items in the cart, of how much oftener than by chance their
categories and the item's are bought in one basket: the logarithm of that ratio (pointwise mutual information), about −3
to 3; 0 for a category with itself, where nothing is known, and for an empty cart. The ratios come from the training
window and travel in the bundle. Source: pointwise mutual information (Church and Hanks 1990), counts shrunk as if each
pair had met five times more, and five times more by chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.features._affinity import picked
from lingxi.features._compiled import compiled
from lingxi.features._feature import Arrays, Feature, Floats, Rows

ADD: Final = KIND_CODE["add_to_cart"]
REMOVE: Final = KIND_CODE["remove_from_cart"]
PURCHASE: Final = KIND_CODE["purchase"]
MOST: Final = 64
"""Items of a cart that are read: the newest ones."""
LINES: Final = 2_000_000
BASKETS: Final = 200_000
"""Newest purchases, and of them newest baskets, that are measured."""
CATEGORIES: Final = 500
"""Categories that are measured: those bought most."""
NEAR: Final = 20
"""Others that are kept of each category: those farthest from chance."""
ALIKE: Final = 5.0


@compiled
def _cart(item: Any, kind: Any) -> Any:  # pragma: no cover
    """The items in the cart, int32, by the acts in order of time."""
    held = np.empty(MOST, np.int32)
    count = 0
    for i in range(len(item)):
        if item[i] < 0 or kind[i] not in (ADD, REMOVE, PURCHASE):
            continue
        # The item leaves its place; if it was added, it comes last.
        left = 0
        for k in range(count):
            if held[k] != item[i]:
                held[left] = held[k]
                left += 1
        count = left
        if kind[i] == ADD:
            if count == MOST:
                held[:-1] = held[1:].copy()
                count -= 1
            held[count] = item[i]
            count += 1
    return held[:count]


@compiled
def _among(cart: Any, category: Any) -> Any:  # pragma: no cover
    """How many of the cart are of each category, float64[greatest + 1]."""
    greatest = -1
    for item in cart:
        greatest = max(greatest, category[item])
    found = np.zeros(greatest + 1)
    for item in cart:
        if category[item] >= 0:
            found[category[item]] += 1.0
    return found


@compiled
def _beside(cart: Any, category: Any, start: Any, other: Any, lift: Any) -> Any:  # pragma: no cover
    """The sum of the cart's ratios to each category, float64[categories]."""
    found = np.zeros(len(start) - 1)
    for item in cart:
        own = category[item]
        if own >= 0:
            for k in range(start[own], start[own + 1]):
                found[other[k]] += lift[k]
    return found


def size(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How many items are in the cart."""
    return np.full(len(items), len(_cart(columns[1], columns[2])), np.float32)


def share(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The part of the cart that is of the item's category."""
    cart = _cart(columns[1], columns[2])
    values: Floats = picked(_among(cart, columns[3]), 1.0 / max(len(cart), 1), columns[3], items)
    return values


def complement(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How well the item's category goes with those in the cart."""
    _, item, kind, category, *ratios = columns
    cart = _cart(item, kind)
    if not len(cart):
        return np.zeros(len(items), np.float32)
    values: Floats = picked(_beside(cart, category, *ratios), 1.0 / len(cart), category, items)
    return values


def measure(past: Interactions, goods: Goods) -> dict[str, Any]:
    """`categories`: names; of each, `near`: places of others in that list, and `lift`: the logarithms of the ratios."""
    bought = np.flatnonzero((past.kind == PURCHASE) & (past.item >= 0))[-LINES:]
    at, shopper, category = past.at[bought], past.shopper[bought], goods.category[past.item[bought]]
    known = np.bincount(category[category >= 0], minlength=len(goods.categories))
    most = np.argsort(-known, kind="stable")[:CATEGORIES]
    most = most[known[most] > 0]
    place = np.full(len(goods.categories) + 1, -1, np.int64)
    place[most] = np.arange(len(most))
    basket, part = _baskets(at, shopper, place[category])
    if not len(basket):
        return {}
    ratio = _ratios(*_counts(basket, part, len(most)))
    near = np.argsort(-np.abs(ratio), axis=1, kind="stable")[:, :NEAR]
    told = [[k for k in row.tolist() if abs(ratio[own, k]) >= 0.05] for own, row in enumerate(near)]
    return {
        "categories": [goods.categories[k] for k in most.tolist()],
        "near": told,
        "lift": [[round(float(ratio[own, k]), 3) for k in row] for own, row in enumerate(told)],
    }


def _baskets(
    at: npt.NDArray[np.int64], shopper: npt.NDArray[np.int32], place: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct places in each of the newest baskets (one shopper, one time): number and place, by number."""
    order = np.lexsort((shopper, at))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(at[order]) != 0) | (np.diff(shopper[order]) != 0)
    number = np.cumsum(new) - 1
    kept = (number >= number.max(initial=-1) + 1 - BASKETS) & (place[order] >= 0)
    pairs = np.unique(number[kept] * CATEGORIES + place[order][kept])
    return pairs // CATEGORIES, pairs % CATEGORIES


@compiled
def _counts(basket: Any, part: Any, size: int) -> Any:  # pragma: no cover
    """In how many baskets two categories met, float64[size, size]; on the diagonal those of each; and all baskets."""
    met = np.zeros((size, size))
    start, baskets = 0, 0.0
    for i in range(len(basket)):
        if i + 1 == len(basket) or basket[i + 1] != basket[i]:
            for a in range(start, i + 1):
                for b in range(start, i + 1):
                    met[part[a], part[b]] += 1.0
            start = i + 1
            baskets += 1.0
    return met, baskets


def _ratios(met: npt.NDArray[np.float64], baskets: float) -> npt.NDArray[np.float64]:
    """The logarithm of how much oftener than by chance two met, 0 on the diagonal."""
    each = np.diag(met)
    ratio = np.log((met + ALIKE) / (np.outer(each, each) / baskets + ALIKE))
    np.fill_diagonal(ratio, 0.0)
    return ratio


def settle(measured: Mapping[str, Any], categories: Sequence[str]) -> Arrays:
    """By number of this shop's categories: `start` int64[len + 1], and in rows of it `other` int32 and `lift`
    float64."""
    number = {name: no for no, name in enumerate(categories)}
    names = [number.get(name, -1) for name in measured.get("categories", [])]
    of_each: dict[int, list[tuple[int, float]]] = {}
    for own, near, lift in zip(names, measured.get("near", []), measured.get("lift", []), strict=True):
        of_each[own] = [(names[k], value) for k, value in zip(near, lift, strict=True) if names[k] >= 0]
    rows = [of_each.get(no, []) for no in range(len(categories))]
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int64)
    flat = [pair for row in rows for pair in row]
    return start, np.array([k for k, _ in flat], np.int32), np.array([value for _, value in flat], np.float64)


FEATURE = Feature(
    name="basket",
    scope="history",
    columns=(),
    reads={"size": size, "share": share, "complement": complement},
    catalog=("category",),
    measure=measure,
    settle=settle,
)
