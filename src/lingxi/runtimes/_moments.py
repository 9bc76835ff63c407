"""The moments of a history, pooled: what an encoder reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.domain.words import CODES, MOST
from lingxi.features._compiled import compiled


@compiled
def named_of(table: Any, kind: Any, rated: Any) -> Any:  # pragma: no cover
    """The number that `table` int64[kinds, codes] has for each act by its `kind` and what it `rated`, int64[n]."""
    named = np.empty(len(kind), np.int64)
    for i in range(len(kind)):
        named[i] = table[kind[i], rated[i]]
    return named


@compiled
def _in_order(at: Any, item: Any, named: Any, query: Any, searched: bool, order: Any) -> int:  # pragma: no cover
    """Puts the places of acts with an item, or a query where those are read (`searched`), into `order`, by time and
    then by name; returns how many there are.

    A history lies in order of time already, but for the names of one time: inserting is one pass.
    """
    count = 0
    for i in range(len(at)):
        if item[i] < 0 and not (searched and query[i] != 0):
            continue
        place = count
        while place > 0:
            other = order[place - 1]
            if at[other] < at[i] or (at[other] == at[i] and named[other] <= named[i]):
                break
            order[place] = other
            place -= 1
        order[place] = i
        count += 1
    return count


@compiled
def _add_items(vectors: Any, row: Any, item: Any, places: Any, pooled: Any) -> None:  # pragma: no cover
    """Sums the vectors of these places' items into `pooled` float32[d], over the root of their number."""
    for k in range(len(pooled)):
        pooled[k] = np.float32(0.0)
    count = 0
    for place in places:
        number = item[place]
        if number < 0:
            continue
        count += 1
        known = row[number] if number < len(row) else -1
        if known < 0:
            known = len(vectors) - 1
        for k in range(len(pooled)):
            pooled[k] += vectors[known, k]
    share = np.float32(1.0 / np.sqrt(np.float64(max(count, 1))))
    for k in range(len(pooled)):
        pooled[k] *= share


@compiled
def _add_words(vectors: Any, row: Any, query: Any, places: Any, pooled: Any) -> None:  # pragma: no cover
    """Adds the vectors of the known words of these places' queries to `pooled`, over the root of their number."""
    count = 0
    for place in places:
        for word in range(MOST):
            count += row[(query[place] >> 16 * word) & CODES] >= 0
    share = np.float32(1.0 / np.sqrt(np.float64(max(count, 1))))
    for place in places:
        for word in range(MOST):
            known = row[(query[place] >> 16 * word) & CODES]
            if known >= 0:
                for k in range(len(pooled)):
                    pooled[k] += share * vectors[known, k]


@compiled
def _start(at: Any, named: Any, order: Any, end: int) -> int:  # pragma: no cover
    """Where in `order` the moment begins that ends before `end`."""
    last = order[end - 1]
    start = end - 1
    while start > 0 and at[order[start - 1]] == at[last] and named[order[start - 1]] == named[last]:
        start -= 1
    return start


@compiled
def _pool(
    at: Any, item: Any, named: Any, query: Any, now: int, row: Any, vectors: Any, word: Any, words: Any,
    order: Any, pooled: Any, kinds: Any, ages: Any,
) -> int:  # pragma: no cover  # fmt: skip
    """`pool_moments` for the acts at the places `order`, which are in order of time and name."""
    end, to = len(order), len(kinds)
    while end > 0 and to > 0:
        last = order[end - 1]
        start = _start(at, named, order, end)
        to -= 1
        _add_items(vectors, row, item, order[start:end], pooled[to])
        if len(word) > 0:
            _add_words(words, word, query, order[start:end], pooled[to])
        kinds[to] = named[last]
        ages[to] = np.float32(max(now - at[last], 0) / 1e6)
        end = start
    return len(kinds) - to


@compiled
def pool_moments(
    at: Any, item: Any, named: Any, query: Any, now: int, row: Any, vectors: Any, word: Any, words: Any,
    pooled: Any, kinds: Any, ages: Any,
) -> int:  # pragma: no cover  # fmt: skip
    """Fills the ends of `pooled` float32[length, d], `kinds` int64[length] and `ages` float32[length] (seconds before
    `now`) with the newest moments, in order of time; returns how many there are.

    Acts of one time `at` and of one kind as the net has it, `named`, are one moment: the sum of their items' `vectors`
    (the last for an item that `row` does not know) over the root of their number. Acts with an item below 0 are none,
    but for those with a `query` where words are known: their vectors `words`, by `word` as `_words.Words` has them, are
    added in the same way.
    """
    order = np.empty(len(at), np.int64)
    end = _in_order(at, item, named, query, len(word) > 0, order)
    size: int = _pool(at, item, named, query, now, row, vectors, word, words, order[:end], pooled, kinds, ages)
    return size


@compiled
def pool_without(
    at: Any, item: Any, named: Any, query: Any, now: int, row: Any, vectors: Any, word: Any, words: Any,
    thing: Any, pooled: Any, kinds: Any, ages: Any, real: Any,
) -> int:  # pragma: no cover  # fmt: skip
    """Fills row 0 of `pooled` float32[rows, length, d], `kinds`, `ages` and `real` (1 at a moment) [rows, length] with
    the newest moments as `pool_moments` has them, and row k with what they are without the acts whose `thing` int[n] is
    k − 1: no older moment takes the place of one that is gone. Where there is no moment all are 0; returns how many
    row 0 has.
    """
    pooled[:], kinds[:], ages[:], real[:] = np.float32(0.0), 0, np.float32(0.0), np.float32(0.0)
    order = np.empty(len(at), np.int64)
    end = _in_order(at, item, named, query, len(word) > 0, order)
    first, size = end, 0
    while first > 0 and size < kinds.shape[1]:
        first = _start(at, named, order, first)
        size += 1
    kept = np.empty(end - first, np.int64)
    for place in range(len(pooled)):
        count = 0
        for act in order[first:end]:
            if place == 0 or thing[act] != place - 1:
                kept[count] = act
                count += 1
        filled = _pool(
            at, item, named, query, now, row, vectors, word, words,
            kept[:count], pooled[place], kinds[place], ages[place],
        )  # fmt: skip
        real[place, kinds.shape[1] - filled :] = np.float32(1.0)
    return size
