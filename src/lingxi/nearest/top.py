"""The best few of many scores; and of many products, without keeping other threads from the interpreter."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.features._compiled import compiled, unlocked


@unlocked
def top(scores: Any, n: int) -> Any:  # pragma: no cover
    """Places of the `n` greatest finite scores, best first; equal scores in order of place: int64[k]."""
    return _best(scores, n)


@unlocked
def _best(scores: Any, n: int) -> Any:  # pragma: no cover
    """A heap of the best so far with the worst of them on top, taken apart at the end.

    Only compiled code calls it: what Python calls itself may not be part of something else that is kept compiled, or
    its second loading finds an environment that was never filled.
    """
    best = np.empty(max(min(n, len(scores)), 0), np.int64)
    count = 0
    for i in range(len(scores)):
        if not np.isfinite(scores[i]):
            continue
        if count < len(best):
            _rise(scores, best, count, i)
            count += 1
        elif count > 0 and scores[i] > scores[best[0]]:
            _sink(scores, best, count, i)
    for end in range(count - 1, 0, -1):
        worst, last = best[0], best[end]
        _sink(scores, best, end, last)
        best[end] = worst
    return best[:count]


TINY: Final = 1e-12
"""What a length is at least, so that something can be divided by it."""

FREE: Final = {"reassoc", "contract", "nsz"}
"""Only finite numbers are multiplied; free to add them in any order, it takes many at a time."""


def _sums(vectors: Any, bias: Any, vector: Any) -> Any:  # pragma: no cover
    sums = np.empty(len(vectors), np.float32)
    for i in range(len(vectors)):
        product = np.float32(0.0)
        for k in range(len(vector)):
            product += vectors[i, k] * vector[k]
        sums[i] = product + bias[i]
    return sums


_products = unlocked(_sums, fastmath=FREE)


def _sums_of(vectors: Any, bias: Any, vector: Any, rows: Any) -> Any:  # pragma: no cover
    sums = np.empty(len(rows), np.float32)
    for i in range(len(rows)):
        row = rows[i]
        if row < 0:
            sums[i] = -np.inf
            continue
        product = np.float32(0.0)
        for k in range(len(vector)):
            product += vectors[row, k] * vector[k]
        sums[i] = product + bias[row]
    return sums


_products_of = unlocked(_sums_of, fastmath=FREE)
"""The product with `vector` of each of `rows` int[k] of `vectors`, `bias` added, float32[k]; −inf for a row below 0."""


@unlocked
def nearest(vectors: Any, bias: Any, vector: Any, n: int) -> Any:  # pragma: no cover
    """The `n` rows of `vectors` float32[rows, d] with the greatest product with `vector` float32[d], `bias`
    float32[rows] added, and the sums: (int64[k], float32[k]), best first. A row whose sum is not finite is left out."""
    sums = _products(vectors, bias, vector)
    best = _best(sums, n)
    return best, sums[best]


@unlocked
def nearest_allowed(vectors: Any, bias: Any, vector: Any, number: Any, mask: Any, n: int) -> Any:  # pragma: no cover
    """The same among the rows whose `number` int64[rows] (−1: nobody's) `mask` bool allows."""
    return _among(vectors, bias, vector, number, mask, n)


@compiled
def nearest_here(vectors: Any, bias: Any, vector: Any, number: Any, mask: Any, n: int) -> Any:  # pragma: no cover
    """The same for the thread that answers: it keeps the interpreter, since to get it back takes longer than this."""
    return _among(vectors, bias, vector, number, mask, n)


@unlocked
def _among(vectors: Any, bias: Any, vector: Any, number: Any, mask: Any, n: int) -> Any:  # pragma: no cover
    sums = _products(vectors, bias, vector)
    places = _reaching(sums, _bar(sums, number, mask, n))
    kept = _kept(places, number, mask)
    if len(places) < len(sums) and len(kept) < n:  # the sample was not like the rest
        kept = _kept(np.arange(len(sums)), number, mask)
    found = sums[kept]
    best = _best(found, n)
    return kept[best], found[best]


SAMPLED: Final = 8
"""One row in so many says how far the best reach down."""


@unlocked
def _bar(sums: Any, number: Any, mask: Any, n: int) -> Any:  # pragma: no cover
    """What somewhat more than the best `n` of the allowed reach, by a sample: nearly all rows are then passed over by
    one comparison. −inf where the sample is too small to say."""
    share = n / SAMPLED
    rank = int(share + 3.0 * np.sqrt(share)) + 2  # three standard deviations of how many of the best are in it
    sample = np.empty(len(sums) // SAMPLED, np.float32)
    for k in range(len(sample)):
        row = k * SAMPLED
        allowed = 0 <= number[row] < len(mask) and mask[number[row]]
        sample[k] = sums[row] if allowed else np.float32(-np.inf)
    best = _best(sample, rank)
    return sample[best[-1]] if n > 0 and len(best) == rank else np.float32(-np.inf)


@unlocked
def _reaching(sums: Any, bar: Any) -> Any:  # pragma: no cover
    """The places of what is finite and at least `bar`, in order, without a branch in the loop."""
    places = np.empty(len(sums), np.int64)
    count = 0
    for place in range(len(sums)):
        places[count] = place
        count += (sums[place] >= bar) & (sums[place] < np.inf)
    return places[:count]


@unlocked
def _kept(places: Any, number: Any, mask: Any) -> Any:  # pragma: no cover
    """Those of `places` that the mask allows."""
    kept = np.empty(len(places), np.int64)
    count = 0
    for place in places:
        kept[count] = place
        count += 0 <= number[place] < len(mask) and mask[number[place]]
    return kept[:count]


@unlocked
def nearest_of(
    vectors: Any, bias: Any, vector: Any, rows: Any, number: Any, mask: Any, n: int
) -> Any:  # pragma: no cover
    """The same among `rows` int[k] alone, one below 0 being none; products are made of no others."""
    kept = np.empty(len(rows), np.int64)
    count = 0
    for i in range(len(rows)):
        row = rows[i]
        if row >= 0 and 0 <= number[row] < len(mask) and mask[number[row]]:
            kept[count] = row
            count += 1
    kept = kept[:count]
    sums = _products_of(vectors, bias, vector, kept)
    best = _best(sums, n)
    return kept[best], sums[best]


@compiled
def products_at(vectors: Any, bias: Any, vector: Any, rows: Any) -> Any:  # pragma: no cover
    """The sum for each of `rows` int[k], float32[k]; −inf for a row below 0."""
    return _products_of(vectors, bias, vector, rows)


@compiled
def values_at(table: Any, numbers: Any) -> Any:  # pragma: no cover
    """`table` int32[rows] at each of `numbers` int[k], int32[k]; −1 for a number that it does not have."""
    values = np.empty(len(numbers), np.int32)
    for k in range(len(numbers)):
        values[k] = table[numbers[k]] if 0 <= numbers[k] < len(table) else -1
    return values


@compiled
def reals_at(table: Any, rows: Any) -> Any:  # pragma: no cover
    """`table` float32[rows] at each of `rows` int[k], float32[k]; 0 for a row below 0."""
    values = np.zeros(len(rows), np.float32)
    for k in range(len(rows)):
        if rows[k] >= 0:
            values[k] = table[rows[k]]
    return values


@compiled
def nearest_ways(items: Any, products: Any, lengths: Any, item: int, vector: Any, n: int) -> Any:  # pragma: no cover
    """The `n` of `items` int32[k] but for `item` whose vectors, of these `lengths` and with these `products` with
    `vector` float32[d], point most in its way: (int32, float32 cosines), the nearest first, equal ones by place."""
    length = np.sqrt(np.sum(vector * vector))
    cosines = np.empty(len(items), np.float32)
    for k in range(len(items)):
        cosine = products[k] / max(lengths[k] * length, TINY)
        cosines[k] = cosine if items[k] != item else -np.inf
    best = _best(cosines, n)
    return items[best], cosines[best]


@compiled
def products_each(table: Any, vectors: Any, rows: Any) -> Any:  # pragma: no cover
    """The product of each of `vectors` float32[b, d] with each of `rows` int[k] of `table`, float32[b, k]; 0 for a row
    below 0."""
    products = np.zeros((len(vectors), len(rows)), np.float32)
    for k in range(len(rows)):
        if rows[k] >= 0:
            for b in range(len(vectors)):
                total = np.float32(0.0)
                for d in range(table.shape[1]):
                    total += vectors[b, d] * table[rows[k], d]
                products[b, k] = total
    return products


@unlocked
def _worse(scores: Any, a: int, b: int) -> bool:  # pragma: no cover
    """Whether place `a` comes after `b`."""
    return bool(scores[a] < scores[b] or (scores[a] == scores[b] and a > b))


@unlocked
def _rise(scores: Any, heap: Any, hole: int, place: int) -> None:  # pragma: no cover
    """Puts a place into the heap from below."""
    while hole > 0:
        above = (hole - 1) // 2
        if not _worse(scores, place, heap[above]):
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = place


@unlocked
def _sink(scores: Any, heap: Any, size: int, place: int) -> None:  # pragma: no cover
    """Puts a place into a heap of `size` where the topmost was."""
    hole = 0
    while 2 * hole + 1 < size:
        below = 2 * hole + 1
        if below + 1 < size and _worse(scores, heap[below + 1], heap[below]):
            below += 1
        if not _worse(scores, heap[below], place):
            break
        heap[hole] = heap[below]
        hole = below
    heap[hole] = place
