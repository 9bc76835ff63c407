"""The table of items, whole and in parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lingxi.nn import items
from lingxi.nn.items import ItemTable, Shared, Words


def test_the_whole_table_is_the_same_with_gradients_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given items that share values and words, the table that is put together in blocks is the one at once."""
    torch.manual_seed(0)
    monkeypatch.setattr(items, "BLOCK", 4)
    parts = [
        Shared(np.array([0, 1, -1, 1, 0, 2, 2, -1, 0, 1]), 3, 8),
        Words(np.arange(10) % 4, np.array([0, 2, 2, 3, 5, 5, 6, 7, 8, 9, 10]), 4, 8),
    ]
    torch.nn.init.normal_(parts[1].vectors.weight)
    table = ItemTable(np.arange(10), parts, 8)

    with torch.no_grad():
        without = table.with_unknown()

    assert torch.equal(without, table.with_unknown())
