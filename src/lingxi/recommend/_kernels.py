"""The steps of a slate that numpy would need a dozen calls for, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import compiled


@compiled
def join(
    every: Any, sizes: Any, slot: Any, items: Any, places: Any, log_rank: Any, logs: Any
) -> int:  # pragma: no cover
    """Each of `every` int32[p] once, in order of first appearance, into `items`; returns how many (m).

    `places` int32[p] gets the place of each in `items`. The lists of `sizes` follow each other in `every`;
    `log_rank` float32[lists, p] gets `logs[rank]` at `[list, place]`, NaN elsewhere. `slot` is scratch by item number.
    """
    log_rank[:] = np.float32(np.nan)
    for i in range(len(every)):
        slot[every[i]] = -1
    count = 0
    start = 0
    for source in range(len(sizes)):
        for rank in range(sizes[source]):
            item = every[start + rank]
            place = slot[item]
            if place < 0:
                place = slot[item] = count
                items[count] = item
                count += 1
            places[start + rank] = place
            log_rank[source, place] = logs[rank]
        start += sizes[source]
    return count


@compiled
def all_of(table: Any, items: Any) -> bool:  # pragma: no cover
    """Whether `table` bool, by item number, is true of each of `items` int32."""
    every = True
    for i in range(len(items)):
        every &= table[items[i]]
    return every


@compiled
def note(keep: Any, place: int, code: Any) -> None:  # pragma: no cover
    """Writes `place` into `code` int8[m] where it is still 0 and `keep` bool[m] is false."""
    for i in range(len(code)):
        if not keep[i] and code[i] == 0:
            code[i] = place


@compiled
def sunk(scores: Any, items: Any, met: Any, places: Any, waiting: Any, slot: Any, unit: Any) -> Any:  # pragma: no cover
    """`scores` float32[m] less `unit` · (1 − 2^−s) for an item that was shown s times, and whether one was.

    It was shown as often as `met` float32[own + 1] says at its place among the own (−1: the last), and once for each
    time that it stands in `waiting` int32. `slot` is scratch by item number.
    """
    lower, found = np.empty(len(scores), np.float32), False
    for i in range(len(items)):
        slot[items[i]] = 0
    for item in waiting:
        slot[item] += 1
    for i in range(len(items)):
        shown = met[places[i]] + np.float32(slot[items[i]])
        found |= shown > 0
        lower[i] = scores[i] + unit * (np.exp2(-shown) - np.float32(1.0)) if shown > 0 else scores[i]
    return lower, found


@compiled
def newest_of(items: Any, kinds: Any, at: Any, wanted: Any, since: int, n: int) -> Any:  # pragma: no cover
    """The newest `n` distinct of `items` int32 (oldest first, −1 is none) of acts `at` int64 or after `since` whose
    kind is `wanted`."""
    found = np.empty(n, np.int32)
    count = 0
    for i in range(len(items) - 1, -1, -1):
        if count == n or at[i] < since:
            break
        if items[i] < 0 or not wanted[kinds[i]]:
            continue
        known = False
        for k in range(count):
            known |= found[k] == items[i]
        if not known:
            found[count] = items[i]
            count += 1
    return found[:count]


@compiled
def place(items: Any, own: Any, slot: Any) -> Any:  # pragma: no cover
    """The place of each of `items` in `own`, both int32 and distinct: int32[items], −1 for one that is not there.

    `slot` is scratch by item number.
    """
    places = np.empty(len(items), np.int32)
    for i in range(len(items)):
        slot[items[i]] = -1
    for k in range(len(own)):
        slot[own[k]] = k
    for i in range(len(items)):
        places[i] = slot[items[i]]
    return places


@compiled
def spread_out(table: Any, places: Any, rows: Any, values: Any) -> None:  # pragma: no cover
    """Row k of `table` float32[rows, own + 1] at `places` int32[m], into row `rows[k]` of `values` float32[…, m].

    A place of −1 reads the last column: what holds for every item that is not among the own.
    """
    last = table.shape[1] - 1
    for k in range(len(rows)):
        for i in range(len(places)):
            values[rows[k], i] = table[k, places[i] if places[i] >= 0 else last]


@compiled
def tally(codes: Any, counts: Any) -> None:  # pragma: no cover
    """Adds to `counts` int64 how often each of `codes` int8[m] is there."""
    for i in range(len(codes)):
        counts[codes[i]] += 1


@compiled
def rows_at(values: Any, rows: Any) -> Any:  # pragma: no cover
    """The `rows` int[n] of `values` [m, k], [n, k] of the same dtype."""
    found = np.empty((len(rows), values.shape[1]), values.dtype)
    for i in range(len(rows)):
        for k in range(values.shape[1]):
            found[i, k] = values[rows[i], k]
    return found


@compiled
def ranks_at(log_rank: Any, source: int, places: Any) -> Any:  # pragma: no cover
    """The rank, from 0, of which `log_rank` float32[sources, m] has the logarithm at [source, places], int64[n]."""
    ranks = np.empty(len(places), np.int64)
    for i in range(len(places)):
        ranks[i] = np.int64(np.exp(log_rank[source, places[i]]) - 0.5)
    return ranks


@compiled
def lead(chosen: Any, gains: Any, speaks: Any, log_rank: Any) -> Any:  # pragma: no cover
    """For each of `chosen` the source that raises its score the most, int64[chosen].

    `gains` float32[chosen, k] is by how much each input raises it, `speaks` int64[k] whose merit an input is, −1 for
    nobody's. Only sources that proposed the candidate (`log_rank` [sources, m] is no NaN) count.
    """
    best = np.zeros(len(chosen), np.int64)
    gained = np.empty(len(log_rank), np.float64)
    for i in range(len(chosen)):
        gained[:] = 0.0
        for k in range(len(speaks)):
            if speaks[k] >= 0:
                gained[speaks[k]] += gains[i, k]
        most = -np.inf
        for source in range(len(gained)):
            if not np.isnan(log_rank[source, chosen[i]]) and gained[source] > most:
                best[i], most = source, gained[source]
    return best


@compiled
def best_of(scores: Any, n: int) -> Any:  # pragma: no cover
    """Places of the `n` greatest scores, greatest first; equal scores in order of place. NaN comes last."""
    size = max(min(n, len(scores)), 0)
    order = np.empty(size, np.int64)
    if size == 0:
        return order
    count = 0
    for i in range(len(scores)):
        if count == size:
            if not scores[i] > scores[order[size - 1]]:
                continue
            count -= 1
        place = count
        while place > 0 and scores[i] > scores[order[place - 1]]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = i
        count += 1
    return order


@compiled
def between(scores: Any, n: int) -> float:  # pragma: no cover
    """The greatest score less the last of the `n` greatest, of those that are finite; 0 where none is."""
    best = np.empty(max(min(n, len(scores)), 0), np.float32)
    count = 0
    for i in range(len(scores)):
        place = count
        while place > 0 and scores[i] > best[place - 1]:
            if place < len(best):
                best[place] = best[place - 1]
            place -= 1
        if place < len(best) and np.isfinite(scores[i]):
            best[place] = scores[i]
            count = min(count + 1, len(best))
    return float(best[0] - best[count - 1]) if count > 0 else 0.0


@compiled
def first_of(items: Any, scores: Any, n: int) -> Any:  # pragma: no cover
    """Places of the `n` greatest scores, greatest first; equal scores in order of `items` int32[m]. NaN comes last.

    Sorting by numpy would let go of the interpreter for these few, and wait for its turn to get it back.
    """
    return _first(items, scores, n)


@compiled
def _first(items: Any, scores: Any, n: int) -> Any:  # pragma: no cover
    """`first_of`, for compiled code: what Python calls itself may not be part of something else that is kept compiled
    (see `nearest.top`)."""
    size = max(min(n, len(scores)), 0)
    order = np.empty(size, np.int64)
    count = 0
    for i in range(len(scores)):
        place = min(size, count)
        while place > 0:
            other = order[place - 1]
            equal = scores[i] == scores[other] or (np.isnan(scores[i]) and np.isnan(scores[other]))
            ahead = scores[i] > scores[other] or (np.isnan(scores[other]) and not np.isnan(scores[i]))
            if not (ahead or (equal and items[i] < items[other])):
                break
            if place < size:
                order[place] = other
            place -= 1
        if place < size:
            order[place] = i
            count = min(count + 1, size)
    return order


@compiled
def above_nothing(items: Any, weight: Any, n: int) -> Any:  # pragma: no cover
    """The `n` items with the greatest weights above 0: (int32[k], float32[k]), greatest first, equal ones by number."""
    found, weights = np.empty(len(items), np.int32), np.empty(len(items), np.float32)
    count = 0
    for i in range(len(items)):
        if weight[i] > 0:
            found[count], weights[count] = items[i], weight[i]
            count += 1
    best = _first(found[:count], weights[:count], n)
    return found[best], weights[best]


@compiled
def added_up(every: Any, scores: Any, lists: Any, slot: Any, n: int, alone: bool) -> Any:  # pragma: no cover
    """The `n` items with the greatest sums of weighed scores: (int32[k], float32[k] sums, int32[k] origins), greatest
    first, equal ones by number.

    `lists` float64[lists, 3] has the length, the weight and the origin of each of the lists that follow each other in
    `every` int32[p] and `scores` float32[p]. The origin of an item is that of the list that gave the most, the first of
    equal ones; with `alone` −1 for what stands in several. `slot` is scratch by item number.
    """
    for i in range(len(every)):
        slot[every[i]] = -1
    items, origins = np.empty_like(every), np.empty(len(every), np.int32)
    sums, most = np.zeros(len(every), np.float32), np.empty(len(every), np.float32)
    count = start = 0
    for k in range(len(lists)):
        length, weight, origin = int(lists[k, 0]), np.float32(lists[k, 1]), int(lists[k, 2])
        for i in range(start, start + length):
            gain, place = scores[i] * weight, slot[every[i]]
            if place < 0:
                place = slot[every[i]] = count
                items[place], origins[place], most[place] = every[i], origin, gain
                count += 1
            else:
                if gain > most[place]:
                    most[place], origins[place] = gain, origin
                if alone:
                    origins[place] = -1
            sums[place] += gain
        start += length
    best = _first(items[:count], sums[:count], n)
    return items[best], sums[best], origins[best]


@compiled
def spread(items: Any, scores: Any, categories: Any, strength: float, n: int, pooled: int) -> Any:  # pragma: no cover
    """The first `n` places in order of `(1 − strength) · relevance − strength · (1 − 2^−j)`, of the best `pooled`.

    Relevance is the score scaled to [0, 1]; j is how many of the same category have a greater score. Equal values are
    ordered by score, then by item number. `categories` int32 are by item number; one below 0 is like no other.
    """
    order = _first(items, scores, pooled)
    size = len(order)
    if strength <= 0.0 or size < 2:
        return order[:n]
    low = scores[order[size - 1]]
    width = max(np.float64(scores[order[0]] - low), 1e-12)
    value = np.empty(size, np.float64)
    for i in range(size):
        place = order[i]
        alike, category = 0.0, categories[items[place]]
        if category >= 0:
            far = 1.0
            for k in range(i):
                if categories[items[order[k]]] == category:
                    far *= 0.5
            alike = 1.0 - far
        value[i] = (1.0 - strength) * (scores[place] - low) / width - strength * alike
    ranked = np.argsort(-value, kind="mergesort")
    return order[ranked[:n]]
