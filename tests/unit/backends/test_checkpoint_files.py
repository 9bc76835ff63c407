"""A checkpoint is read as it is needed, and a broken one is passed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lingxi.backends.checkpoints.folder import ARRAYS, FolderCheckpoints

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
