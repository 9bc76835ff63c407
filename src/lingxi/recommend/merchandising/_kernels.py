"""What merchant rules do to a slate, compiled: above all how its places are filled by what they demand.

Of group g (the items that a quota counts together) at least `need[g]` and at most `most[g]` stand on the `first[g]`
places; `group` int32[q, m] is the group of each candidate in each quota, −1 for none. While places are filled,
`count[g]` are shown and `ahead[g]` are pinned to places that come later. All arrays of groups are int32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import compiled

FREE, PIN, SLOT = -1, -2, -3
PLACE = 0xFFFFFFFF


@compiled
def fill(
    order: Any, fixed: Any, slot: Any, wanted: Any, shy: Any, group: Any, least: Any, most: Any, first: Any
) -> Any:  # pragma: no cover
    """Which candidate stands on each of n places: (chosen int64[≤ n], how int32[≤ n], held int32[m], shown int32[g]).

    `order` int64[k] are the candidates that may be shown, in the order that they would have; `fixed` int64[n] what is
    pinned (−1: nothing); `slot` int32[n] the row of `wanted` bool[s, m] that a place is kept for (−1: nobody); `shy`
    bool[m] stand on such places or nowhere.

    `how` is PIN, FREE, SLOT − s or the group that a place was kept for; `held` the first group that kept a candidate
    back, −1 where none did; `shown` how many of each group stand where it counts them. Bounds that cannot be met give
    way: no place stays empty while a candidate is left.
    """
    n, m = len(fixed), group.shape[1]
    used, held = np.zeros(m, np.bool_), np.full(m, -1, np.int32)
    chosen, how = np.empty(n, np.int64), np.empty(n, np.int32)
    need, ahead = _begin(order, fixed, used, shy, group, least, first)
    count, asked = np.zeros(len(least), np.int32), need.any()
    size = 0
    for p in range(n):
        pick, kind = np.int64(fixed[p]), PIN
        if pick < 0 and slot[p] >= 0:
            pick, kind = _best(order, used, wanted[slot[p]], p, group, most, first, count, ahead), SLOT - slot[p]
        if pick < 0 and asked:
            pick, kind = _lacking(order, fixed, slot, used, shy, p, group, need, most, first, count, ahead)
        if pick < 0:
            pick, kind = _next(order, used, shy, held, p, group, most, first, count, ahead), FREE
        if pick < 0:
            continue
        used[pick] = True
        for q in range(len(group)):
            g = group[q, pick]
            if g >= 0 and p < first[g]:
                count[g] += 1
                ahead[g] -= kind == PIN
        chosen[size], how[size] = pick, kind
        size += 1
    return chosen[:size], how[:size], held, _counted(chosen[:size], group, first)


@compiled
def _counted(chosen: Any, group: Any, first: Any) -> Any:  # pragma: no cover
    """How many of each group stand on its first places."""
    shown = np.zeros(len(first), np.int32)
    for q in range(len(group)):
        for p in range(len(chosen)):
            g = group[q, chosen[p]]
            if g >= 0 and p < first[g]:
                shown[g] += 1
    return shown


@compiled
def _begin(order: Any, fixed: Any, used: Any, shy: Any, group: Any, least: Any, first: Any) -> Any:  # pragma: no cover
    """`need` (no more than there are) and `ahead`; what is pinned is used."""
    there, ahead = np.zeros(len(least), np.int32), np.zeros(len(least), np.int32)
    for q in range(len(group)):
        for i in range(len(order)):
            if group[q, order[i]] >= 0 and not shy[order[i]]:
                there[group[q, order[i]]] += 1
    for p in range(len(fixed)):
        if fixed[p] >= 0:
            used[fixed[p]] = True
            for q in range(len(group)):
                g = group[q, fixed[p]]
                if g >= 0 and p < first[g]:
                    ahead[g] += 1
    return np.minimum(least, there), ahead


@compiled
def _over(c: Any, p: Any, group: Any, most: Any, first: Any, count: Any, ahead: Any) -> int:  # pragma: no cover
    """The group that has no room for candidate `c` at place `p`; −1 where all have."""
    for q in range(len(group)):
        g = group[q, c]
        if g >= 0 and p < first[g] and count[g] + ahead[g] >= most[g]:
            return int(g)
    return -1


@compiled
def _best(
    order: Any, used: Any, wanted: Any, p: Any, group: Any, most: Any, first: Any, count: Any, ahead: Any
) -> int:  # pragma: no cover
    """The first of `wanted` bool[m] that has room at place `p`; −1 where none has."""
    for i in range(len(order)):
        c = order[i]
        if wanted[c] and not used[c] and _over(c, p, group, most, first, count, ahead) < 0:
            return int(c)
    return -1


@compiled
def _next(
    order: Any, used: Any, shy: Any, held: Any, p: Any, group: Any, most: Any, first: Any, count: Any, ahead: Any
) -> int:  # pragma: no cover
    """The first that is left and has room at place `p`, else the first that is left; −1 where nothing is."""
    left = -1
    for i in range(len(order)):
        c = order[i]
        if used[c] or shy[c]:
            continue
        over = _over(c, p, group, most, first, count, ahead)
        if over < 0:
            return int(c)
        if held[c] < 0:
            held[c] = over
        if left < 0:
            left = int(c)
    return left


@compiled
def _lacking(
    order: Any,
    fixed: Any,
    slot: Any,
    used: Any,
    shy: Any,
    p: Any,
    group: Any,
    need: Any,
    most: Any,
    first: Any,
    count: Any,
    ahead: Any,
) -> Any:  # pragma: no cover
    """The first of the groups that lack as many as there are places left for them, and its group; −1 where none do.

    A place is kept for them as late as it can be. Groups of which nothing more has room ask for no more.
    """
    n = len(fixed)
    until = _pressing(p, fixed, slot, need, first, count, ahead)
    while until > 0:
        for i in range(len(order)):
            c = order[i]
            if used[c] or shy[c] or _over(c, p, group, most, first, count, ahead) >= 0:
                continue
            for q in range(len(group)):
                g = group[q, c]
                if g >= 0 and p < first[g] and min(first[g], n) <= until and need[g] > count[g] + ahead[g]:
                    return c, np.int64(g)
        for g in range(len(need)):
            if min(first[g], n) <= until:
                need[g] = 0
        until = _pressing(p, fixed, slot, need, first, count, ahead)
    return np.int64(-1), np.int64(-1)


@compiled
def _pressing(p: Any, fixed: Any, slot: Any, need: Any, first: Any, count: Any, ahead: Any) -> int:  # pragma: no cover
    """The earliest end of groups that lack as many as there are free places up to it from `p` on; 0 where none do.

    Groups that end beyond the slate end with it.
    """
    n = len(fixed)
    ending = np.zeros(n + 1, np.int64)
    for g in range(len(need)):
        if p < first[g]:
            ending[min(first[g], n)] += max(need[g] - count[g] - ahead[g], 0)
    lacking = free = 0
    for until in range(p + 1, n + 1):
        place = until - 1
        free += fixed[place] < 0 and (slot[place] < 0 or place == p)
        lacking += ending[until]
        if ending[until] > 0 and lacking >= free:
            return until
    return 0


@compiled
def distinct(column: Any, items: Any, members: Any, slot: Any, start: int) -> Any:  # pragma: no cover
    """The distinct numbers that `column` int32, by item number, has of those of `items` int32[m] that are `members`
    bool[m], in order of appearance; −1 is no number. (int32[m], int32): the place of each member's number among them,
    from `start` on, −1 for all others; and these numbers. `slot` is scratch by number.
    """
    of, names = np.full(len(items), -1, np.int32), np.empty(len(items), np.int32)
    count = 0
    for i in range(len(items)):
        if members[i] and column[items[i]] >= 0:
            slot[column[items[i]]] = -1
    for i in range(len(items)):
        number = column[items[i]]
        if members[i] and number >= 0:
            if slot[number] < 0:
                slot[number] = count
                names[count] = number
                count += 1
            of[i] = start + slot[number]
    return of, names[:count]


@compiled
def marked(table: Any, items: Any, mask: Any, wanted: bool) -> Any:  # pragma: no cover
    """Which of `items` int32[k] have one of the bits of `mask` uint64[words] in `table` uint64[…, words], bool[k];
    unless `wanted`, which have none."""
    found = np.empty(len(items), np.bool_)
    for i in range(len(items)):
        bits = np.uint64(0)
        for word in range(len(mask)):
            bits |= table[items[i], word] & mask[word]
        found[i] = (bits != 0) == wanted
    return found


@compiled
def lift(total: Any, members: Any, share: Any, add: Any) -> None:  # pragma: no cover
    """Raises the scores `total` float32[m] of `members` bool[m] by a `share` of their size, and by `add`."""
    for i in range(len(total)):
        if members[i]:
            total[i] += share * np.abs(total[i]) + add


@compiled
def shy_of(log_rank: Any, own: Any, members: Any, shy: Any) -> None:  # pragma: no cover
    """Marks in `shy` bool[m] those of `own` int32, candidates of one source, that are `members` bool[m] and proposed by
    no other: of `log_rank` float32[sources, m] they have one."""
    for place in own:
        if members[place]:
            count = 0
            for source in range(len(log_rank)):
                count += not np.isnan(log_rank[source, place])
            shy[place] |= count == 1


@compiled
def whole(first: Any, total: Any, stayed: Any, last: Any) -> Any:  # pragma: no cover
    """All that `stayed` bool[m], int64[k]: the `first` int64, then the rest by its score `total` float32[m], what is
    `last` bool[m] behind (bool[0]: nothing is), among equals by place.

    numpy's sort would let go of the interpreter for so few, and wait for its turn to get it back.
    """
    rest = np.sort(_left_of(first, total, stayed)) & PLACE
    order = np.empty(len(first) + len(rest), np.int64)
    order[: len(first)] = first
    count = len(first)
    for behind in range(2):
        for place in rest:
            if (len(last) > 0 and last[place]) == (behind == 1):
                order[count] = place
                count += 1
    return order


@compiled
def _left_of(first: Any, total: Any, stayed: Any) -> Any:  # pragma: no cover
    """Keys of the candidates that `stayed` bool[m] and are not among the `first` int64: int64[k], the least for the
    greatest score of `total` float32[m], among equals for the first; `PLACE` are the bits that tell which it is.

    Numbers are sorted in a third of the time that a stable order of scores takes.
    """
    left = stayed.copy()
    for place in first:
        left[place] = False
    falling = np.float32(0.0) - total
    bits = falling.view(np.int32)
    keys = np.empty(len(left), np.int64)
    count = 0
    for place in range(len(left)):
        if left[place]:
            # As whole numbers, floats below 0 stand in the wrong order.
            value = bits[place] if bits[place] >= 0 else bits[place] ^ np.int32(0x7FFFFFFF)
            if np.isnan(falling[place]):
                value = np.int32(0x7FFFFFFF)
            keys[count] = np.int64(value) << 32 | place
            count += 1
    return keys[:count]


@compiled
def outside(shown: Any, least: Any, most: Any) -> Any:  # pragma: no cover
    """The groups of which fewer than `least` or more than `most` are `shown`, int64."""
    groups = np.empty(len(shown), np.int64)
    count = 0
    for g in range(len(shown)):
        groups[count] = g
        count += shown[g] < least[g] or shown[g] > most[g]
    return groups[:count]
