"""What shoppers are: the traits that are not sensitive, of those who have any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.features._feature import Column
from lingxi.state._blocks import Blocks
from lingxi.state._table import Made

Ints = npt.NDArray[np.int32]
NONE: Ints = np.empty(0, np.int32)
PREFIX = "traits."


class Traits:
    """Codes of traits (domain.traits) by shopper: those of the newest version of each."""

    def __init__(self) -> None:
        self._blocks = Blocks((Column("trait", "int32", 0),))

    def post(self, shopper: int, codes: Ints) -> None:
        """Takes a version of a shopper, whole."""
        if not len(codes) and shopper >= self._blocks.owners.size:
            return
        self._blocks.reserve(shopper, len(codes))
        owners = self._blocks.owners.arrays
        start = int(owners["start"][shopper])
        self._blocks.rows.arrays["trait"][start : start + len(codes)] = codes
        owners["count"][shopper] = len(codes)

    def of(self, shopper: int) -> Ints:
        """The codes of a shopper, int32[t]: a copy."""
        place = self._blocks.slice(shopper)
        return self._blocks.rows.arrays["trait"][place].copy() if place.stop > place.start else NONE

    def save(self) -> dict[str, Made]:
        """What copies them, by name."""
        return self._blocks.save(PREFIX)

    def load(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Takes what `save` returned."""
        self._blocks.load(PREFIX, saved)
