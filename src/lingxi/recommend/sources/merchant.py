"""What merchant rules bring: pinned and sponsored items, and what a quota asks for."""

from __future__ import annotations

from functools import partial

import numpy as np

from lingxi.recommend.memory import LASTING
from lingxi.recommend.merchandising.standing import Standing
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOTHING, Ints, Proposal
from lingxi.recommend.sources._best import POPULARITY, most_bought
from lingxi.recommend.sources._listed import Listed

KEPT = 60
"""Best sellers of a rule that names no ids, or more of them than a slate has places."""
NAMED = 100


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
    """The most bought of a rule's items that are listed; among equals the newest."""
    listed = np.flatnonzero(moment.state.items.column("listed")).astype(np.int32)
    return most_bought(moment, listed[rules.book.members(place, listed)], KEPT)


SOURCE = Merchant()
