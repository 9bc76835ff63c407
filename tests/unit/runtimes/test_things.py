"""All acts on an item are one thing, and so are all searches."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.domain.history import History
from lingxi.runtimes._things import SEARCHED, newest_things

STRENGTH = np.zeros(len(KINDS), np.int64)
STRENGTH[[KIND_CODE["view"], KIND_CODE["purchase"]]] = 1, 2
ACTS = [
    ("purchase", 7), ("view", 5), ("search", -1), ("view", 7),
    ("refund", 9), ("refund", 5), ("search", -1), ("view", 3),
]  # fmt: skip


def _history() -> History:
    kinds, items = zip(*ACTS, strict=True)
    query = np.array([int(kind == "search") for kind in kinds], np.int64)
    at, item = np.arange(len(ACTS), dtype=np.int64), np.array(items, np.int32)
    return History(at, item, np.array([KIND_CODE[kind] for kind in kinds], np.int8), query)


@pytest.mark.parametrize(
    ("searched", "most", "items", "last", "thing"),
    [
        (True, 9, [3, SEARCHED, 7, 5], [7, 6, 0, 1], [2, 3, 1, 2, -1, 3, 1, 0]),
        (False, 9, [3, 7, 5], [7, 0, 1], [1, 2, -1, 1, -1, 2, -1, 0]),
        (True, 2, [3, SEARCHED], [7, 6], [-1, -1, 1, -1, -1, -1, 1, 0]),
    ],
)
def test_the_newest_things_with_their_strongest_acts(
    searched: bool, most: int, items: list[int], last: list[int], thing: list[int]
) -> None:
    """Given acts of several kinds, when the newest things are asked for, then each is told by its strongest act, a
    refund makes none but belongs to one, and searches are one where they are read."""
    found = newest_things(_history(), STRENGTH, most, searched=searched)
    assert [each.tolist() for each in found] == [items, last, thing]
