"""What merchant rules bring: pinned and sponsored items, and what a quota asks for."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

import numpy as np

from lingxi.domain.merchandising import Quota
from lingxi.features._compiled import compiled
from lingxi.recommend.allowed import barred, bounds_of, ruled
from lingxi.recommend.memory import LASTING
from lingxi.recommend.merchandising.standing import Standing
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Ints, Proposal
from lingxi.recommend.sources._best import POPULARITY, most_bought
from lingxi.recommend.sources._listed import Listed

KEPT = 60
"""Best sellers of a rule that names no ids, or more of them than a slate has places."""
NAMED = 100
BEYOND = 3
"""Best sellers of each brand, category or seller beyond those that a quota wants of it: a shopper may have some."""
SPREAD = 300
"""The same of all of them together: three times as many as a slate has places."""


class Merchant(Listed):
    """Part of every surface while there are such rules; the score is how much an item was bought."""

    en = "Picked by the shop"
    zh = "店铺推荐"

    def propose(self, moment: Moment, n: int) -> Proposal:  # noqa: ARG002
        """The items of each rule in force that brings its own."""
        rules = moment.rules
        if rules is None or not rules.bringing:
            return NOTHING
        # What is posted now is there now.
        key = ("merchant", rules.book.serial, rules.bringing, moment.state.items.posts, *_within(moment))
        return moment.scene.memory.list(key, moment.now, partial(_all, moment, rules))


def _all(moment: Moment, rules: Standing) -> Proposal:
    items = np.unique(np.concatenate([_items(moment, rules, place) for place in rules.bringing]))
    return Proposal(items, moment.state.item_feature(POPULARITY, items, moment.now))


def _items(moment: Moment, rules: Standing, place: int) -> Ints:
    ids = rules.book.rules[place].items.ids
    if 0 < len(ids) <= NAMED:
        named = moment.numbers(ids)
        return named[rules.book.members(place, named)]
    key = ("merchant", rules.book.serial, place, *_within(moment))
    return moment.scene.memory.list(key, moment.now, partial(_best, moment, rules, place), LASTING)


def _within(moment: Moment) -> tuple[Hashable, ...]:
    """What says of which items the best are sought."""
    return bounds_of(moment), barred(moment)


def _best(moment: Moment, rules: Standing, place: int) -> Ints:
    """The most bought of a rule's items that the request and other rules allow; among equals the newest. Of each brand,
    category or seller some, where a quota wants some of each."""
    allowed, effect = ruled(moment).items, rules.book.rules[place].effect
    members = allowed[rules.book.members(place, allowed)]
    if not isinstance(effect, Quota) or effect.per is None:
        return most_bought(moment, members, KEPT)
    sold = moment.state.item_feature(POPULARITY, members, moment.now)
    count = moment.state.items.numbered(effect.per)
    best: Ints = best_of_each(moment.state.items.column(effect.per), members, sold, count, (effect.least or 0) + BEYOND)
    return best[:SPREAD]


@compiled
def best_of_each(column: Any, items: Any, worth: Any, groups: int, n: int) -> Any:  # pragma: no cover
    """The `n` of each group with the greatest `worth` float32[m] among `items` int32[m], int32[k]: the best of every
    group first, the dearer before the cheaper, then the second of every group; among equals the later item. `column`
    int32, by item, is its group below `groups`, −1 for none."""
    places, counts = np.empty((n, groups), np.int32), np.zeros(groups, np.int32)
    for i in range(len(items)):
        group = column[items[i]]
        if group < 0:
            continue
        rank = counts[group]
        while rank > 0 and worth[i] >= worth[places[rank - 1, group]]:
            if rank < n:
                places[rank, group] = places[rank - 1, group]
            rank -= 1
        if rank < n:
            places[rank, group] = i
            counts[group] = min(counts[group] + 1, n)
    found, size = np.empty(counts.sum(), np.int32), 0
    for rank in range(n):
        there = places[rank][counts > rank]
        found[size : size + len(there)] = items[there[np.argsort(-worth[there], kind="mergesort")]]
        size += len(there)
    return found


SOURCE = Merchant()
