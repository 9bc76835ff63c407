"""A checkpoint is read as it is needed, and a broken one is passed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lingxi.backends.checkpoints.folder import ARRAYS, FolderCheckpoints
from lingxi.domain.item import Item
from lingxi.state._records import READ, Records

SAVED = {
    "whole": np.arange(5, dtype=np.int64),
    "none": np.empty((0, 3), np.float32),
    "square": np.ones((2, 3), np.float32),
}


def test_what_is_read_outlives_its_file_and_cannot_be_written(tmp_path: Path) -> None:
    checkpoints = FolderCheckpoints(tmp_path)
    checkpoints.save(1, SAVED, {"format": 1})
    seq, arrays, about = checkpoints.latest() or (0, {}, {})
    checkpoints.drop(2)
    assert checkpoints.latest() is None
    assert (seq, about) == (1, {"format": 1})
    for name, array in SAVED.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    with pytest.raises(ValueError, match="read-only"):
        arrays["whole"][:] = 7


@pytest.mark.parametrize("kept", [0, 10, 200, -1])
def test_one_that_is_cut_short_gives_way_to_the_one_before(tmp_path: Path, kept: int) -> None:
    checkpoints = FolderCheckpoints(tmp_path)
    checkpoints.save(1, SAVED, {})
    checkpoints.save(2, SAVED, {})
    path = checkpoints.folder / f"{2:020}" / ARRAYS
    path.write_bytes(path.read_bytes()[:kept])
    found = checkpoints.latest()
    assert found is not None
    assert found[0] == 1


def test_pages_of_items_that_were_read_are_let_go_of(tmp_path: Path) -> None:
    """Given a checkpoint of items, when more are read from it than are held, then all are still what they were."""
    records = Records()
    for number in range(50):
        records.put(number, Item(id=f"i{number}", title="x" * 500))
    told, size = records.saved()()
    checkpoints = FolderCheckpoints(tmp_path)
    checkpoints.save(1, {"told": told, "size": size}, {})
    _, arrays, _ = checkpoints.latest() or (0, {}, {})
    mapped = Records()
    mapped.load(arrays["told"], arrays["size"])
    assert mapped._mapped is not None
    for turn in range(3 * READ):
        assert mapped.get(turn % 50) == records.get(turn % 50)
