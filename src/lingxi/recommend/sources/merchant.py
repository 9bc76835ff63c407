"""What merchant rules bring: pinned and sponsored items, and what a quota asks for."""

from __future__ import annotations

from functools import partial

import numpy as np

from lingxi.domain.merchandising import Quota
from lingxi.recommend.memory import LASTING
from lingxi.recommend.merchandising.standing import Standing
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Ints, Proposal
from lingxi.recommend.sources._best import POPULARITY, most_bought
from lingxi.recommend.sources._listed import Listed

KEPT = 60
"""Best sellers of a rule that names no ids, or more of them than a slate has places."""
NAMED = 100
SPARE = 3
"""Best sellers of each brand, category or seller beyond those that a quota wants of it: a shopper may have some."""
SPREAD = 300
"""The same of all of them together."""
UNRANKED = np.iinfo(np.int32).max


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
        key = ("merchant", rules.book.serial, rules.bringing, moment.state.items.posts)
        return moment.scene.memory.list(key, moment.now, partial(_all, moment, rules))


def _all(moment: Moment, rules: Standing) -> Proposal:
    items = np.unique(np.concatenate([_items(moment, rules, place) for place in rules.bringing]))
    return Proposal(items, moment.state.item_feature(POPULARITY, items, moment.now))


def _items(moment: Moment, rules: Standing, place: int) -> Ints:
    ids = rules.book.rules[place].items.ids
    if 0 < len(ids) <= NAMED:
        named = moment.numbers(ids)
        return named[rules.book.members(place, named)]
    key = ("merchant", rules.book.serial, place)
    return moment.scene.memory.list(key, moment.now, partial(_best, moment, rules, place), LASTING)


def _best(moment: Moment, rules: Standing, place: int) -> Ints:
    """The most bought of a rule's items that are listed; among equals the newest. Of each brand, category or seller
    some, where a quota wants some of each."""
    items, effect = moment.state.items, rules.book.rules[place].effect
    listed = np.flatnonzero(items.column("listed")).astype(np.int32)
    members = listed[rules.book.members(place, listed)]
    if not isinstance(effect, Quota) or effect.per is None:
        return most_bought(moment, members, KEPT)
    best = most_bought(moment, members, len(members))
    return best[_rank_in_group(items.column(effect.per)[best]) < (effect.least or 0) + SPARE][:SPREAD]


def _rank_in_group(group: Ints) -> Ints:
    """How many of the same `group` int32[k] stand before each, int32[k]; those of no group (below 0) have no rank."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    rank = np.empty(len(group), dtype=np.int32)
    rank[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered, side="left")
    rank[group < 0] = UNRANKED
    return rank


SOURCE = Merchant()
