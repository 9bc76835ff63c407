"""A judge's replay of the log reads every feature as the live state did: training and serving cannot differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from every_read import every_read
from lingxi.backends.log.sqlite import SqliteLog, open_log
from lingxi.domain.change import Proposal
from lingxi.domain.event import KINDS, Event
from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User
from lingxi.features._feature import DAY, HOUR
from lingxi.state.follow import catch_up
from lingxi.state.shopper import ShopperView
from lingxi.state.state import State
from lingxi.state.statistics import measure
from lingxi.train import snapshot
from lingxi.train.split import Histories
from lingxi.workflows.goods import goods_of
from lingxi.workflows.people import people_of
from lingxi.workflows.replay import state_at, user_of

START = 20_000 * DAY
NOW = START + 60 * DAY
ITEMS, SHOPPERS, ACTS = 30, 12, 900
QUERIES = ("green tea", "乌龙茶", "milk powder", "")


def told(rng: np.random.Generator) -> list[Proposal]:
    """Items with all that features read of them, some posted late, and acts of every kind, some before the posting."""
    items = [
        Item(
            id=f"i{no}",
            title=("Green tea", "Milk", "Powder")[no % 3],
            title_zh=("绿茶", "乌龙茶", "奶粉")[no % 3],
            category=f"c{no % 4}",
            brand=("", "Blue", "Red")[no % 3],
            seller=("", "Ann")[no % 2],
            price=None if no % 7 == 0 else 2.0 + no,
            list_price=3.0 + no,
            attributes={"cost": 1.0 + no % 3},
        )
        for no in range(ITEMS - 4)
    ]
    acts = [act(rng, k) for k in range(ACTS)]
    acts += [visit(no) for no in range(SHOPPERS)]
    posted = [Proposal(item, received=START + (no % 5) * 10 * DAY) for no, item in enumerate(items)]
    return sorted([*posted, *acts], key=lambda each: each.received)


def visit(shopper: int) -> Proposal:
    """What a shopper searched for just now."""
    at = NOW - shopper * HOUR // 12
    query = QUERIES[shopper % len(QUERIES)] or None
    return Proposal(Event(id=f"v{shopper}", kind="search", user=f"u{shopper}", at=at, query=query), received=at)


def act(rng: np.random.Generator, number: int) -> Proposal:
    """One event."""
    kind, at = KINDS[int(rng.integers(len(KINDS)))], START + int(rng.integers(1, 60 * 24)) * HOUR
    # Purchases at equal times are a basket.
    at = at // DAY * DAY if kind == "purchase" else at
    price = None if rng.random() < 0.2 else round(float(rng.uniform(1, 30)), 2)
    event = Event(
        id=f"e{number}",
        kind=kind,
        user=f"u{rng.integers(SHOPPERS)}",
        item=None if kind == "search" else f"i{rng.integers(ITEMS)}",
        at=at,
        quantity=float(rng.integers(1, 5)) if rng.random() < 0.5 else None,
        price=price,
        list_price=round(price / 0.8, 2) if price is not None and rng.random() < 0.5 else price,
        value=float(rng.integers(1, 6)) if kind in ("rate", "review") and rng.random() < 0.8 else None,
        query=QUERIES[int(rng.integers(len(QUERIES)))] or None if kind == "search" else None,
    )
    return Proposal(event, received=at)


@pytest.fixture
def log(tmp_path: Path):
    """A log with all of it."""
    opened = open_log(tmp_path / "log")
    opened.append(told(np.random.default_rng(7)))
    yield opened
    opened.close()


def live(log: SqliteLog) -> State:
    """The state that serves."""
    state = State.empty()
    for _ in catch_up(state, log):
        pass
    return state


def view(state: State, user: str) -> ShopperView:
    """A shopper that there is."""
    found = state.shopper(user, None)
    assert found is not None
    return found


def test_a_replay_reads_what_the_live_state_reads(log: SqliteLog, tmp_path: Path):
    # given
    serving = live(log)
    goods = goods_of(log)
    acts = log.interactions(log.head())
    kept = snapshot.Snapshot(snapshot.About(seq=log.head(), since=START, until=NOW), acts, goods).write(tmp_path)
    # when
    back = snapshot.read(kept)
    replayed = state_at(back.interactions, back.goods)
    # then: of every shopper, by their own names and by their numbers, every read is equal
    statistics = measure(acts, goods)
    names = [name[2:] for name in serving.shopper_ids]
    mine = every_read(serving, [view(serving, name) for name in names], ITEMS, NOW, statistics)
    theirs = [view(replayed, user_of(serving.shopper_number[f"u:{name}"])) for name in names]
    found = every_read(replayed, theirs, ITEMS, NOW, statistics)
    posted = serving.items.column("posted")[:ITEMS]
    for name, value in mine.items():
        if name == "stock_cover.days":
            # A stub has no stock; a replay does not know what was in stock.
            np.testing.assert_allclose(found[name][posted], value[posted], err_msg=name)
            continue
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-12, err_msg=name)


def test_a_replay_and_a_snapshot_tell_the_history_that_serves(log: SqliteLog, tmp_path: Path):
    # given: shoppers with traits, searches and ratings
    log.append([Proposal(User(id="u1", traits={"plan": Trait("gold"), "age": Trait(40, sensitive=True)}), NOW)])
    serving = live(log)
    acts = replace(log.interactions(log.head()), people=people_of(log))
    # when
    about = snapshot.About(seq=log.head(), since=START, until=NOW)
    back = snapshot.read(snapshot.Snapshot(about, acts, goods_of(log)).write(tmp_path))
    replayed, learnt = state_at(back.interactions, back.goods), Histories(back.interactions)
    # then
    for name, number in serving.shopper_number.items():
        mine = view(serving, name[2:]).history()
        for other in (view(replayed, user_of(number)).history(), learnt.of(number, 512)):
            for column in ("at", "item", "kind", "query", "rated", "traits"):
                np.testing.assert_array_equal(getattr(other, column), getattr(mine, column), err_msg=column)
    assert any(len(view(serving, name[2:]).history().traits) for name in serving.shopper_ids)
    assert any(view(serving, name[2:]).history().query.any() for name in serving.shopper_ids)
    assert any(view(serving, name[2:]).history().rated.any() for name in serving.shopper_ids)


def test_every_read_says_something(log: SqliteLog):
    # given: the same shop, then no read is the same for all that it is asked of
    state = live(log)
    views = [view(state, name[2:]) for name in state.shopper_ids]
    statistics = measure(log.interactions(log.head()), goods_of(log))
    for name, value in every_read(state, views, ITEMS, NOW, statistics).items():
        same_for_all = state.features[name.partition(".")[0]].scope == "moment" or name == "stock_cover.days"
        assert same_for_all or len(np.unique(value)) > 1, name


def test_the_log_tells_its_values_and_queries_whoever_reads_them(log: SqliteLog):
    run, acts = log.read(0, 10_000), log.interactions(log.head())
    for name in ("value", "list_price", "query"):
        kept = np.sort(getattr(acts, name))
        told_to_state = np.sort(getattr(run, name)[run.type == 0].astype(kept.dtype))
        np.testing.assert_array_equal(kept, told_to_state, err_msg=name)
        assert len(np.unique(told_to_state)) > 3, name
