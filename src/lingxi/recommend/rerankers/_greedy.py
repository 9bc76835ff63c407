"""The greedy choices of the rerankers, compiled. Candidates come best first; of equal values the earlier wins."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.features._compiled import compiled

APART: Final = 0.25
"""How much of every item is like no other: a determinant so never falls to 0, however many are alike."""
SMOOTHED: Final = 0.01
"""How much of the shopper's own shares is mixed into the slate's, so that a logarithm can be taken (Steck 2018)."""


def _sum_of_products(a: Any, b: Any) -> Any:  # pragma: no cover
    product = a.dtype.type(0)
    for k in range(len(a)):
        product += a[k] * b[k]
    return product


_product = compiled(_sum_of_products, fastmath={"reassoc", "contract", "nsz"})
"""Only finite numbers are multiplied; free to add them in any order, it takes many at a time."""


@compiled
def _alike(i: int, j: int, vectors: Any, category: Any, brand: Any, weights: Any) -> float:  # pragma: no cover
    """The likeness of two items, as `_likeness` has it."""
    found = 0.0
    if len(vectors):
        found += weights[0] * _product(vectors[i], vectors[j])
    if category[i] >= 0 and category[i] == category[j]:
        found += weights[1]
    if brand[i] >= 0 and brand[i] == brand[j]:
        found += weights[2]
    return found


@compiled
def _best(values: Any, taken: Any) -> int:  # pragma: no cover
    """The place of the greatest value that is not taken."""
    best = -1
    for i in range(len(values)):
        if not taken[i] and (best < 0 or values[i] > values[best]):
            best = i
    return best


@compiled
def relevant_and_different(
    relevance: Any, vectors: Any, category: Any, brand: Any, weights: Any, strength: float, n: int
) -> Any:  # pragma: no cover
    """Places of `n` items, each the one with the greatest (1 − strength) · relevance − strength · its greatest likeness
    to those before it (Carbonell and Goldstein 1998); int64[min(n, k)]."""
    size = len(relevance)
    order = np.empty(min(n, size), np.int64)
    taken = np.zeros(size, np.bool_)
    nearest = np.zeros(size, np.float64)
    values = np.empty(size, np.float64)
    for place in range(len(order)):
        for i in range(size):
            values[i] = (1.0 - strength) * relevance[i] - strength * nearest[i]
        best = _best(values, taken)
        order[place] = best
        taken[best] = True
        for i in range(size):
            if not taken[i]:
                nearest[i] = max(nearest[i], _alike(best, i, vectors, category, brand, weights))
    return order


@compiled
def most_volume(
    relevance: Any, vectors: Any, category: Any, brand: Any, weights: Any, strength: float, n: int
) -> Any:  # pragma: no cover
    """Places of `n` items that greedily maximise (1 − strength) · Σ relevance + strength · log det of their likenesses;
    int64[min(n, k)].

    Chen, Zhang and Zhou, "Fast greedy MAP inference for determinantal point process to improve recommendation
    diversity", NeurIPS 2018, algorithm 1: `rows` holds the Cholesky factor's rows, `left` the squares of its diagonal;
    a choice costs k · (n + d).
    """
    size = len(relevance)
    order = np.empty(min(n, size), np.int64)
    taken = np.zeros(size, np.bool_)
    rows = np.zeros((size, len(order)), np.float64)
    left = np.ones(size, np.float64)
    values = np.empty(size, np.float64)
    for place in range(len(order)):
        for i in range(size):
            values[i] = (1.0 - strength) * relevance[i] + strength * np.log(left[i])
        best = _best(values, taken)
        order[place] = best
        taken[best] = True
        root = np.sqrt(left[best])
        for i in range(size):
            if taken[i]:
                continue
            alike = (1.0 - APART) * _alike(best, i, vectors, category, brand, weights)
            rows[i, place] = (alike - _product(rows[best, :place], rows[i, :place])) / root
            left[i] = max(left[i] - rows[i, place] ** 2, 1e-9)
    return order


@compiled
def calibrated(relevance: Any, group: Any, share: Any, strength: float, n: int) -> Any:  # pragma: no cover
    """Places of `n` items that greedily maximise (1 − strength) · Σ relevance − strength · KL(shopper's shares, slate's
    shares); int64[min(n, k)]. Steck, "Calibrated recommendations", RecSys 2018, section 4.

    `share` float64[g] are the shopper's shares of g categories, `group` int64[k] is that of each item, −1 for one that
    has no part in them. Of the divergence (in bits) only what the next item changes is compared.
    """
    size = len(relevance)
    order = np.empty(min(n, size), np.int64)
    taken = np.zeros(size, np.bool_)
    count = np.zeros(len(share), np.float64)
    values = np.empty(size, np.float64)
    for place in range(len(order)):
        for i in range(size):
            values[i] = (1.0 - strength) * relevance[i]
            own = group[i]
            if own >= 0:
                floor = SMOOTHED * share[own]
                before = (1.0 - SMOOTHED) * count[own] / (place + 1.0) + floor
                after = (1.0 - SMOOTHED) * (count[own] + 1.0) / (place + 1.0) + floor
                values[i] += strength * share[own] * np.log2(after / before)
        best = _best(values, taken)
        order[place] = best
        taken[best] = True
        if group[best] >= 0:
            count[group[best]] += 1.0
    return order
