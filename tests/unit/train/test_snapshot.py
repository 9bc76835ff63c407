"""A snapshot on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from learning_shop import goods_of, two_tastes
from lingxi.domain.errors import Incompatible
from lingxi.domain.history import COLUMNS, Interactions, People
from lingxi.train import snapshot


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Given a snapshot, it comes back equal from a folder that its seq and window name, and can be deleted."""
    people = People.of_each({1: np.array([3, 9], dtype=np.int32), 4: np.array([3], dtype=np.int32)})
    acts, goods = replace(two_tastes(shoppers=5), people=people), goods_of(20)
    about = snapshot.About(seq=77, since=1, until=9)

    folder = snapshot.Snapshot(about, acts, goods).write(tmp_path)
    back = snapshot.read(folder)

    assert folder.name == "77-1-9"
    for one, two in ((back.interactions, acts), (back.interactions.people, acts.people)):
        for name in COLUMNS if isinstance(one, Interactions) else ("shopper", "trait"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
            assert getattr(one, name).dtype == getattr(two, name).dtype
    assert (back.goods.ids, back.goods.categories) == (goods.ids, goods.categories)
    np.testing.assert_array_equal(back.goods.listed, goods.listed)
    snapshot.delete(folder)
    snapshot.delete(folder)
    assert not folder.exists()


def test_a_torn_snapshot_is_told(tmp_path: Path) -> None:
    """Given a file cut short, the error names the folder and the remedy."""
    folder = snapshot.Snapshot(snapshot.About(seq=1, since=0, until=1), two_tastes(2), goods_of(20)).write(tmp_path)
    (folder / snapshot.INTERACTIONS).write_bytes(b"ARROW1")

    with pytest.raises(Incompatible, match="train again"):
        snapshot.read(folder)
