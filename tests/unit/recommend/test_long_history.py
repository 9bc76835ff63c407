"""A shopper with a hundred thousand acts gets a slate like everybody else, made of the newest of them."""

from __future__ import annotations

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.domain.slate import Query
from lingxi.ports.log import Run
from lingxi.recommend.moment import ACTS, Moment
from lingxi.recommend.scene import Scene
from small_shop import HOUR, SmallShop, grocer

MANY = 100_000


def look(shop: SmallShop, shopper: str, count: int) -> None:
    """So many views of the shop's items in turn, a second apart, the last of them now."""
    state = shop.state
    number = len(state.shopper_ids)
    state.apply(
        Run.plain(
            np.arange(state.cursor + 1, state.cursor + 1 + count),
            shop.now - np.arange(count)[::-1] * HOUR // 3600,
            np.full(count, number, np.int32),
            (np.arange(count) % len(state.items.ids)).astype(np.int32),
            np.full(count, KIND_CODE["view"], np.int8),
            new_items={},
            new_shoppers={number: shopper},
        )
    )


def test_a_hundred_thousand_acts_are_read_as_the_newest_few() -> None:
    """Given such a shopper, the slate is full, leads with what was looked at last, and no more acts are read of them
    than of anybody."""
    shop = grocer()
    look(shop, "u:restless", MANY)
    slate, trace = shop.ask(Query(user="restless"))
    assert len(slate.picks) == 20
    assert trace.record().proposed["recently_viewed"] == 20
    moment = Moment(Query(user="restless"), Scene(shop.state, None, shop.now, shop.settings, shop.memory))
    assert len(moment.history) == ACTS
    assert int(moment.seeds[0]) == (MANY - 1) % len(shop.state.items.ids)
