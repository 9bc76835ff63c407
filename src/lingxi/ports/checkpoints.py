"""Where the state is saved, so that a start need not fold the whole log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[np.generic]]


class Checkpoints(Protocol):
    """One shop's checkpoints: arrays by name with a JSON-able `about`, replaced as a whole."""

    def save(self, seq: int, arrays: Arrays, about: Mapping[str, Any]) -> None:
        """Saves the state at `seq`, atomically; older ones are deleted once it is on disk."""
        ...

    def drop(self, before: int) -> int:
        """Deletes those of a `seq` < before; returns how many."""
        ...

    def latest_seq(self) -> int | None:
        """The `seq` of the newest one, whole or not; None if there is none."""
        ...

    def latest(self) -> tuple[int, dict[str, npt.NDArray[np.generic]], dict[str, Any]] | None:
        """The newest whole one as (seq, arrays, about); a torn or foreign one is passed over; None if there is none."""
        ...
