"""A past in blocks of shoppers leads to the moments, and so to the net, that it leads to as a whole."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from learning_shop import interactions, two_tastes
from lingxi import spool
from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.domain.history import Interactions
from lingxi.models import _census as census
from lingxi.models import _gather as gathering
from lingxi.models import _moments
from lingxi.models._moments import Batches, Moments, prepare

VIEW, PURCHASE = KIND_CODE["view"], KIND_CODE["purchase"]


def some_views(acts: Interactions) -> Interactions:
    """The same with every third act a view, every seventh without an item."""
    acts.kind[::3], acts.item[::7] = VIEW, -1
    return acts


def gathered(past: Interactions, horizon: float, folder: Path | None = None) -> Moments:
    row = np.arange(20)
    row[5] = 20  # an item that is not known
    kind = np.arange(len(KINDS)) + 1
    return gathering.gather(past, census.census_of(past), gathering.Numbers(row, kind, 20), horizon, folder)


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if memory held no column and a hundred acts were a block."""
    monkeypatch.setattr(spool, "SMALL", 0)
    monkeypatch.setattr(gathering, "BLOCK", 100)
    monkeypatch.setattr(gathering, "PART", 70)
    monkeypatch.setattr(census, "PART", 70)


def plain(past: Interactions, horizon: float) -> Moments:
    """All at once, as one would write it."""
    acts = past.where(past.item >= 0)
    row = np.where(acts.item == 5, 20, acts.item).astype(np.int64)
    return prepare(acts, row, acts.kind.astype(np.int64) + 1, (acts.kind == PURCHASE) & (row < 20), horizon)


@pytest.mark.parametrize("horizon", [0.0, 14.0])
def test_blocks_of_shoppers_lead_to_the_same_moments(small_memory: None, tmp_path: Path, horizon: float) -> None:
    past = some_views(two_tastes())

    found, wanted = gathered(past, horizon, tmp_path), plain(past, horizon)

    for each in fields(Moments):
        np.testing.assert_array_equal(getattr(found, each.name), getattr(wanted, each.name), err_msg=each.name)
    assert not found.at.flags.owndata


def test_one_block_leads_to_them_too() -> None:
    past = some_views(two_tastes())

    found, wanted = gathered(past, 0.0), plain(past, 0.0)

    for each in fields(Moments):
        np.testing.assert_array_equal(getattr(found, each.name), getattr(wanted, each.name), err_msg=each.name)


def test_moments_on_disk_make_the_same_batches(small_memory: None) -> None:
    past = some_views(two_tastes())
    held, laid = (Batches(each, 8, 64, 4, 0.2) for each in (plain(past, 0.0), gathered(past, 0.0)))

    for one, two in zip(held.epoch(np.random.default_rng(1)), laid.epoch(np.random.default_rng(1)), strict=True):
        for name in one.__slots__:
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
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

    found = census.census_of(past)

    assert (found.goal, len(found), found.first) == (PURCHASE, 3, int(past.at[0]))
    assert found.shoppers.tolist() == [1, 2, 0, 0]
    assert found.have() == {"events": 2, "items": 1, "shoppers": 2}


def test_a_log_of_the_wrong_kinds_has_nothing_to_aim_at() -> None:
    past = interactions([(0, 1, 0)], kind="impression")

    assert census.census_of(past).have() == {"events": 0, "items": 0, "shoppers": 0}
