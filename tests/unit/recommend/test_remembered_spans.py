"""What is remembered ends at times of its own, which depend on nothing but its name."""

from __future__ import annotations

from lingxi.recommend.memory import ANSWERED, FRESH, Memory, begun
from lingxi.recommend.moment import HOUR, hour_of

NOW = 1_700_000_000_000_000


def test_a_list_is_made_once_in_its_span() -> None:
    """Given a list, when it is asked for through three of its spans, then it is made three times, as they begin."""
    memory, made = Memory(), list[int]()
    start = begun(("view", 7), NOW, FRESH)
    for now in range(start, start + 3 * FRESH, FRESH // 10):
        memory.list(("view", 7), now, lambda now=now: made.append(now))
    assert made == [start, start + FRESH, start + 2 * FRESH]


def test_what_a_list_is_depends_on_no_earlier_request() -> None:
    """Given a memory that was asked before and one that was not, when both are asked at one time, then both hold it
    until the same time."""
    asked, fresh = Memory(), Memory()
    asked.list(("view", 7), NOW - FRESH, lambda: 1)
    ends = []
    for memory in (asked, fresh):
        memory.list(("view", 7), NOW, lambda: 2)
        ends.append(
            next(now for now in range(NOW, NOW + 2 * FRESH, 1000) if memory.list(("view", 7), now, lambda: 3) == 3)
        )
    assert ends[0] == ends[1]


def test_spans_do_not_all_end_at_once() -> None:
    """Given a thousand shoppers, when their hours are looked at, then in no minute more than a fifteenth of them end,
    and each one's is the same for a whole hour."""
    ends = [hour_of(f"u{k}", None, NOW) + HOUR for k in range(1000)]
    minutes = [end // 60_000_000 for end in ends]
    assert max(minutes.count(each) for each in set(minutes)) < 67
    assert all(NOW < end <= NOW + HOUR for end in ends)
    assert all(hour_of(f"u{k}", None, end - 1) == end - HOUR for k, end in enumerate(ends))


def test_what_was_answered_outlives_the_hour_but_not_the_next_act() -> None:
    """Given a shopper who was answered a moment before their hour ends, the next hour knows it and nothing else; after
    an act nothing is known."""
    memory = Memory()
    memory.shopper("ann", 5, 1).update({ANSWERED: ("slate",), "vector": (1.0,)})
    assert memory.shopper("ann", 5, 2) == {ANSWERED: ("slate",)}
    assert memory.shopper("ann", 6, 2) == {}
