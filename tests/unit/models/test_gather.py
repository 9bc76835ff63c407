"""A past in blocks of shoppers leads to the moments, and so to the net, that it leads to as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import interactions, two_tastes
from lingxi import spool
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Interactions, People
from lingxi.domain.words import query_of
from lingxi.models import _census as census
from lingxi.models import _gather as gathering
from lingxi.models import _moments
from lingxi.models._goal import Aim, Goal
from lingxi.models._moments import Batches, Moments, prepare
from lingxi.models._reads import Read

VIEW, PURCHASE = KIND_CODE["view"], KIND_CODE["purchase"]


def some_views(acts: Interactions) -> Interactions:
    """The same with every third act a view, every seventh without an item."""
    acts.kind[::3], acts.item[::7] = VIEW, -1
    return acts


READS: tuple[Read, ...] = ("kind", "query", "rating", "trait")


def told_more(acts: Interactions) -> Interactions:
    """The same with searches, ratings and traits."""
    past = some_views(acts)
    place = np.arange(len(past))
    words = np.array([query_of(text) for text in ("red shoes", "blue shirt", "green")])
    past.kind[::5], past.value[::5] = KIND_CODE["rate"], 1.0 + place[::5] % 5
    past.kind[::7], past.query[::7] = KIND_CODE["search"], words[place[::7] % 3]
    return replace(past, people=People.of_each({who: np.array([who % 2, 7 + who % 9]) for who in range(0, 60, 3)}))


def gathered(past: Interactions, horizon: float, folder: Path | None = None, **told: Any) -> Moments:
    row = np.append(np.arange(20), 20)
    row[5] = 20  # an item that is not known
    known = np.flatnonzero(row[:20] < 20)
    counted = census.census_of(past, told.get("reads", ("kind",)), told.get("aims", "strongest")).of_known(known)
    return gathering.gather(past, counted, gathering.Rows(row, 20), horizon, folder)


def assert_same(found: Moments, wanted: Moments) -> None:
    for name, one, two in (*columns_of(found, wanted), *_goals(found, wanted)):
        np.testing.assert_array_equal(one, two, err_msg=name)


def columns_of(found: Moments, wanted: Moments) -> Iterator[tuple[str, Any, Any]]:
    for name in ("shopper", "at", "kind", "row", "line", "worth"):
        yield name, getattr(found, name), getattr(wanted, name)
    for name in ("words", "people"):
        one, two = getattr(found, name), getattr(wanted, name)
        assert (one is None) == (two is None), name
        if one is not None:
            yield from ((f"{name}.{part}", getattr(one, part), getattr(two, part)) for part in one._fields)


def _goals(found: Moments, wanted: Moments) -> Iterator[tuple[str, Any, Any]]:
    for one, two in zip(found.goals, wanted.goals, strict=True):
        yield from ((f"goal.{each.name}", getattr(one, each.name), getattr(two, each.name)) for each in fields(Goal))


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_parts(monkeypatch)


def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if memory held no column and a hundred acts were a block."""
    monkeypatch.setattr(spool, "SMALL", 0)
    monkeypatch.setattr(gathering, "BLOCK", 100)
    monkeypatch.setattr(gathering, "PART", 70)
    monkeypatch.setattr(census, "PART", 70)


def plain(past: Interactions, horizon: float) -> Moments:
    """All at once, as one would write it."""
    acts = past.where(past.item >= 0)
    row = np.where(acts.item == 5, 20, acts.item).astype(np.int64)
    kind = np.searchsorted(np.unique(acts.kind), acts.kind) + 2
    pull = ((acts.kind == PURCHASE) & (row < 20)).astype(np.float32)
    return prepare(acts, row, kind, [Aim(1.0, pull)], horizon)


@pytest.mark.parametrize("horizon", [0.0, 14.0])
def test_blocks_of_shoppers_lead_to_the_same_moments(small_memory: None, tmp_path: Path, horizon: float) -> None:
    past = some_views(two_tastes())

    found, wanted = gathered(past, horizon, tmp_path), plain(past, horizon)

    assert_same(found, wanted)
    assert not found.at.flags.owndata


def test_one_block_leads_to_them_too() -> None:
    past = some_views(two_tastes())

    found, wanted = gathered(past, 0.0), plain(past, 0.0)

    assert_same(found, wanted)


@pytest.mark.parametrize("aims", ["strongest", "weighted", {"view": 1.0, "rate": 0.5}])
def test_so_do_searches_ratings_and_traits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aims: Any) -> None:
    """Given all that can be read, and several kinds that are aimed at, blocks lead to what the whole leads to."""
    past = told_more(two_tastes())
    whole = gathered(past, 0.0, reads=READS, aims=aims)
    in_small_parts(monkeypatch)

    found = gathered(past, 0.0, tmp_path, reads=READS, aims=aims)

    assert_same(found, whole)
    assert whole.words is not None
    assert len(whole.words.row) > 20
    assert whole.people is not None
    assert len(whole.people.row) > 20
    assert len(whole.goals) == {"strongest": 1, "weighted": 3}.get(str(aims), 2)


def test_moments_on_disk_make_the_same_batches(small_memory: None) -> None:
    past = some_views(two_tastes())
    held, laid = (Batches(each, 8, 64, 4, 0.2) for each in (plain(past, 0.0), gathered(past, 0.0)))

    for one, two in zip(held.epoch(np.random.default_rng(1)), laid.epoch(np.random.default_rng(1)), strict=True):
        for name in one.__slots__:
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
            if getattr(one, name) is not None:
                assert getattr(one, name).dtype == getattr(two, name).dtype, name


def test_pools_of_blocks_hold_every_window_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a log that is shuffled in pools, an epoch still learns at each place once, and no pool is one stretch."""
    monkeypatch.setattr(_moments, "POOL", 200)
    monkeypatch.setattr(_moments, "STRETCH", 20)
    batches = Batches(plain(two_tastes(), 0.0), 8, 64, 4, 0.0)
    start, _, _ = batches._windows(np.random.default_rng(0))

    pools = list(batches._pools(start, np.random.default_rng(0)))

    assert sorted(np.concatenate(pools).tolist()) == list(range(len(start)))
    assert len(pools) == 3
    assert all((np.diff(pool) > 1).any() or (np.diff(pool) < 0).any() for pool in pools)
    assert sum(len(each.place) for each in batches.epoch(np.random.default_rng(0))) == batches.places()


def test_a_census_counts_what_is_aimed_at() -> None:
    """Given purchases and views, the goal is the purchase, and an act without an item is none."""
    past = interactions([(0, 1, 0), (1, 1, 1), (1, 2, 2), (3, 4, 3)])
    past.kind[2], past.item[3] = VIEW, -1

    found = census.census_of(past, ("kind",), "strongest")

    assert (found.aims, len(found), found.first) == ({PURCHASE: 1.0}, 3, int(past.at[0]))
    assert found.shoppers.tolist() == [1, 2, 0, 0]
    assert found.have() == {"events": 2, "items": 1, "shoppers": 2}


def test_a_log_of_the_wrong_kinds_has_nothing_to_aim_at() -> None:
    past = interactions([(0, 1, 0)], kind="impression")

    assert census.census_of(past, ("kind",), "strongest").have() == {"events": 0, "items": 0, "shoppers": 0}
