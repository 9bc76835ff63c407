"""Arrays on disk: what does not fit into memory is worked on as if it did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from learning_shop import two_tastes
from lingxi import spool
from lingxi.domain.errors import Unavailable
from lingxi.domain.history import COLUMNS, Interactions


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if memory held no column and a hundred rows were many."""
    monkeypatch.setattr(spool, "SMALL", 0)
    monkeypatch.setattr(spool, "BLOCK", 100)


def shuffled(acts: Interactions) -> Interactions:
    return acts.where(np.random.default_rng(0).permutation(len(acts)))


def test_parts_in_any_order_come_out_in_order_of_time(small_memory: None, tmp_path: Path) -> None:
    """Given a log in disorder that comes in parts, and no memory to speak of, it is in order and all there."""
    acts = two_tastes()

    found = spool.in_order(shuffled(acts).parts(70), len(acts) + 50, tmp_path)

    assert not found.at.flags.owndata
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(found, name), getattr(acts, name), err_msg=name)
        assert getattr(found, name).dtype == getattr(acts, name).dtype


def test_in_memory_the_same_comes_out() -> None:
    acts = two_tastes()

    found = spool.in_order(shuffled(acts).parts(70), len(acts))

    np.testing.assert_array_equal(found.at, acts.at)
    np.testing.assert_array_equal(found.tie, acts.tie)


def test_rows_lie_bucket_by_bucket_as_they_came(small_memory: None, tmp_path: Path) -> None:
    parts = [(np.array([2, 0, 2]), {"x": np.array([1, 2, 3])}), (np.array([0, 1]), {"x": np.array([4, 5])})]

    found = spool.parted(parts, np.array([2, 1, 2]), {"x": np.int64}, tmp_path)

    assert found["x"].tolist() == [2, 4, 5, 1, 3]


def test_nothing_lies_in_the_folder_while_it_is_worked_on(small_memory: None, tmp_path: Path) -> None:
    """Given columns on disk, no file can be found: a process that is killed leaves none."""
    whole = spool.room(1000, {"x": np.int64}, tmp_path / "new")
    whole["x"][:] = np.arange(1000)

    assert whole["x"].sum() == 499_500
    assert list((tmp_path / "new").iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_written(small_memory: None, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="GB beside memory cannot be had") as error:
        spool.room(1 << 58, {"x": np.int64}, tmp_path)

    assert "TMPDIR" in error.value.remedy
