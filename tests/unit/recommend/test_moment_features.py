"""A slate may read any feature for its candidates, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi import registry
from lingxi.domain.slate import Query
from lingxi.recommend.moment import Moment, is_own, scope_of
from lingxi.recommend.scene import Scene, local_time
from small_shop import HOUR, SmallShop, grocer

FEATURES = [registry.load("features", name, "FEATURE") for name in registry.names("features")]
READS = [f"{feature.name}.{read}" for feature in FEATURES for read in feature.reads]
ITEMS = np.array([31, 3, 0, 39], np.int32)


@pytest.fixture(scope="module")
def shop() -> SmallShop:
    """A grocer; Ann has something in her cart, and a guest has looked around."""
    made = grocer()
    made.send("u:ann", "add_to_cart", "p2")
    made.send("s:visit", "view", "p3")
    return made


def moment(shop: SmallShop, timezone: str = "UTC", **who: str) -> Moment:
    """A request now."""
    return Moment(Query(surface="home", **who), Scene(shop.state, None, shop.now, timezone=timezone))


WHO = [{"user": "ann"}, {"session": "visit"}, {"user": "ann", "session": "visit"}, {"user": "x"}, {}]


@pytest.mark.parametrize("who", WHO)
def test_every_read_is_a_number_for_each_candidate(shop: SmallShop, who: dict[str, str]):
    asked = moment(shop, **who)
    for name in READS:
        values = asked.feature(name, ITEMS)
        assert (values.shape, values.dtype) == (ITEMS.shape, np.float32), name


def test_each_scope_is_read_with_what_it_is_of(shop: SmallShop):
    ann, state = moment(shop, user="ann"), shop.state
    view = state.shopper("ann", None)
    sold = state.item_feature("popularity.week", ITEMS, shop.now)
    assert ann.feature("popularity.week", ITEMS).tolist() == sold.tolist()
    assert ann.feature("own_frequency.count", ITEMS).tolist() == [5, 0, 0, 0]
    assert ann.feature("activity.events", ITEMS).tolist() == [21] * 4
    for name in ("category_affinity.share", "basket.size"):
        assert ann.feature(name, ITEMS).tolist() == view.toward(name, ITEMS, shop.now).tolist()
    assert ann.feature("basket.share", ITEMS).tolist() == [0, 0, 0, 0]
    assert ann.feature("basket.share", np.array([6], np.int32)).tolist() == [1]


def test_who_was_never_seen_has_done_nothing(shop: SmallShop):
    stranger = moment(shop, user="x")
    for feature in FEATURES:
        if feature.scope in ("shopper", "history"):
            for read in feature.reads:
                assert stranger.feature(f"{feature.name}.{read}", ITEMS).tolist() == [0] * 4


def test_the_hour_is_that_of_the_shop(shop: SmallShop):
    shanghai = moment(shop, timezone="Asia/Shanghai").feature("calendar.hour", ITEMS)
    assert shanghai[0] == pytest.approx((shop.now + 8 * HOUR) % (24 * HOUR) / HOUR)
    assert local_time(shop.now, "UTC") == shop.now


def test_a_feature_of_the_shopper_alone_is_no_feature_of_a_pair():
    own = {name for name in READS if is_own(name)}
    assert own == {name for name in READS if scope_of(name) == "pair"}
    assert "activity.month" not in own
    assert not is_own("new")
