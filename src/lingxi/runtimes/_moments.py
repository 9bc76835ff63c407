"""The moments of a history, pooled: what an encoder reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.domain.words import CODES, MOST
from lingxi.features._compiled import compiled


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
    searched = len(word) > 0
    end = _in_order(at, item, named, query, searched, order)
    to = len(kinds)
    while end > 0 and to > 0:
        last = order[end - 1]
        start = end - 1
        while start > 0 and at[order[start - 1]] == at[last] and named[order[start - 1]] == named[last]:
            start -= 1
        to -= 1
        _add_items(vectors, row, item, order[start:end], pooled[to])
        if searched:
            _add_words(words, word, query, order[start:end], pooled[to])
        kinds[to] = named[last]
        ages[to] = np.float32(max(now - at[last], 0) / 1e6)
        end = start
    return len(kinds) - to
