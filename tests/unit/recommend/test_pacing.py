"""What was shown in vain moves down, and what is new moves up, within bounds."""

from __future__ import annotations

from lingxi.domain.slate import Query
from lingxi.recommend.repetition import remember
from lingxi.recommend.settings import Settings
from small_shop import DAY, SmallShop, grocer

MINUTE = 60_000_000
QUERY = Query(user="bob", n=5)


def shop_of(**chosen: float) -> SmallShop:
    """A grocer whom Bob has visited."""
    shop = grocer()
    shop.settings = Settings(diversity=0.0, **chosen)  # type: ignore[arg-type]
    shop.send("u:bob", "view", "p9")
    return shop


def test_an_impression_without_an_act_moves_an_item_down_and_an_act_brings_it_back() -> None:
    """Given an item high in a slate, when it was shown again and again, then it stands lower; clicked, it is back."""
    shop = shop_of(repetition=0.5, fatigue_views=100.0)
    before = shop.shown(user="bob", n=5)
    first = before[1]
    for _ in range(4):
        shop.send("u:bob", "impression", first)
    assert first not in shop.shown(user="bob", n=2)
    assert shop.shown(user="eve", n=40).index(first) < 5
    shop.send("u:bob", "click", first)
    assert first in shop.shown(user="bob", n=2)
    assert shop_of(repetition=0.0, fatigue_views=100.0).shown(user="bob", n=5) == before


def test_what_was_answered_a_minute_ago_counts_until_an_event_tells_better() -> None:
    """Given an answered slate, when the page is loaded again in that minute, then it is the same; a minute later others
    have come up; after the shopper's next event, or ten minutes, it counts no more."""
    shop = shop_of(repetition=0.9)
    slate, trace = shop.ask(QUERY)
    shown = [pick.item for pick in slate.picks]
    remember(trace)
    assert shop.ask(QUERY)[0] == slate
    shop.now += MINUTE
    later, told = shop.ask(QUERY)
    assert {pick.item for pick in later.picks} - set(shown)
    assert any(account.moved.get("repetition", 0) > 0 for account in told.record().picks)
    for _ in range(6):
        remember(told)
        assert shop.ask(QUERY)[0] == later
    assert shop.shown(user="eve", n=5) == shop_of(repetition=0.0).shown(user="eve", n=5)
    shop.now += 11 * MINUTE
    assert shop.shown(user="bob", n=5) == shown
    shop.now -= 11 * MINUTE
    shop.send("u:bob", "view", "p9")
    assert shop.shown(user="bob", n=5) == shown


def test_who_was_never_seen_is_not_taken_for_another() -> None:
    """Given the slate of a stranger, when it was answered, then the next stranger's is not changed by it."""
    shop = shop_of(repetition=0.9)
    slate, trace = shop.ask(Query(user="stranger", n=5))
    remember(trace)
    shop.now += MINUTE
    assert shop.shown(user="other", n=5) == [pick.item for pick in slate.picks]


def test_a_new_item_is_lifted_and_no_further_than_told() -> None:
    """Given an item of a popular shelf that came in today, when freshness counts, then it stands higher the more it
    does, and what is better by more than the bound stays above it; two months later it is lifted no more."""

    def place(strength: float, days: int = 0) -> int:
        shop = shop_of(freshness=strength)
        shop.now += 60 * DAY
        shop.post("fresh", category="Food > Aisle 1", price=2.0)
        shop.now += days * DAY
        return shop.shown(user="bob", n=41).index("fresh")

    assert place(0.0) >= place(0.2) >= place(0.9)
    assert place(0.0) > place(0.9)
    assert place(0.2) > 0
    assert place(0.9, days=120) >= place(0.0, days=120) - 1
