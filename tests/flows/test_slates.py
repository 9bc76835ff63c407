"""From an event in the log to a slate that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lingxi.backends.log.sqlite import SqliteLog, open_log
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.slate import Query, Slate
from lingxi.recommend.memory import Memory
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.state.follow import catch_up
from lingxi.state.state import State

NOW = 1_700_000_000_000_000
HOUR = 3_600_000_000


class Shop:
    """A log, the state that follows it, and slates from it."""

    def __init__(self, log: SqliteLog) -> None:
        self.log, self.state, self.memory, self.sent = log, State.empty(), Memory(), 0

    def take(self, *entries: Event | Item) -> int:
        """Stores entries, folds them, and returns the last `seq`."""
        done = self.log.append([Proposal(entry, NOW) for entry in entries])
        for _ in catch_up(self.state, self.log):
            pass
        return done[-1].seq

    def act(self, kind: str, item: str, hours_ago: float = 0.0, **who: str) -> Event:
        """An event with an id of its own."""
        self.sent += 1
        at = NOW - int(hours_ago * HOUR)
        return Event(id=f"e{self.sent}", kind=kind, item=item, at=at, **who)  # type: ignore[arg-type]

    def home(self, **fields: object) -> Slate:
        """The home slate."""
        query = Query(**{"n": 12, **fields})  # type: ignore[arg-type]
        return recommend(query, Scene(self.state, None, NOW, Settings(), self.memory), "r")[0]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Thirty items, some of them bought."""
    log = open_log(tmp_path)
    shop = Shop(log)
    shop.take(*(Item(id=f"p{no}", title=f"Item {no}", category=f"Aisle {no % 3}") for no in range(30)))
    shop.take(*(shop.act("purchase", f"p{no}", 24, user=f"u{no % 5}") for no in range(15)))
    yield shop
    log.close()


def _items(slate: Slate) -> list[str]:
    return [pick.item for pick in slate.picks]


def test_a_guests_clicks_change_the_next_slate(shop: Shop) -> None:
    """Given a guest's slate, when an item is viewed, then the next slate has its `seq`, shows it and says why."""
    before = shop.home(session="s")
    seq = shop.take(shop.act("view", "p25", session="s"))
    after = shop.home(session="s")
    assert after.seq == seq
    assert "p25" not in _items(before)
    pick = next(pick for pick in after.picks if pick.item == "p25")
    assert pick.reason.code == "recently_viewed"
    assert _items(shop.home(session="other")) == _items(before)


def test_a_session_that_signs_in_keeps_what_it_saw(shop: Shop) -> None:
    """Given a guest who viewed an item, when the same session asks as a user, then the view still counts."""
    shop.take(shop.act("view", "p25", session="s"), shop.act("purchase", "p3", 30, user="ann"))
    assert {"p25", "p3"} <= set(_items(shop.home(user="ann", session="s")))


def test_a_purchase_takes_the_item_out_of_the_cart_and_off_the_page(shop: Shop) -> None:
    """Given an item in the cart, when it is bought, then it is neither offered nor taken to be in the cart."""
    shop.take(shop.act("add_to_cart", "p1", 2, user="ann"))
    assert "p1" not in _items(shop.home(user="ann", n=30))
    shop.take(shop.act("purchase", "p1", 1, user="ann"))
    slate = recommend(
        Query(user="ann", n=30), Scene(shop.state, None, NOW + 10 * 24 * HOUR, Settings(), shop.memory), "r"
    )[0]
    assert "p1" in _items(slate)


def test_a_new_price_counts_in_the_next_slate(shop: Shop) -> None:
    """Given an item above the asked price, when its price falls, then it is in the next slate."""
    shop.take(Item(id="p2", title="Item 2", category="Aisle 2", price=9.0))
    assert "p2" not in _items(shop.home(price_max=5.0))
    shop.take(Item(id="p2", title="Item 2", category="Aisle 2", price=4.0))
    assert _items(shop.home(price_max=5.0)) == ["p2"]


def test_a_state_folded_anew_gives_the_same_slate(shop: Shop) -> None:
    """Given a shopper's slate, when another process folds the log from its start, then its slate is the same."""
    shop.take(*(shop.act("view", f"p{no}", user="ann") for no in (20, 21, 22)))
    again = Shop(shop.log)
    for _ in catch_up(again.state, shop.log):
        pass
    assert again.home(user="ann") == shop.home(user="ann")
