"""What everyone buys: purchases weighed by their age."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.models._export import write
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Range, Watch

DAY = 86_400_000_000


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """A purchase counts e^(−age / days), or 1 within `window` days and 0 before where a window is given."""

    days: float = 30.0
    window: float | None = 28.0


SPACE = {"days": Range(3.0, 180.0, log=True), "window": (7.0, 14.0, 28.0, 56.0, 112.0, None)}


def decayed(acts: Interactions, until: int, config: Config, size: int) -> npt.NDArray[np.float32]:
    """Everyone's count of each item number, float32[size]."""
    age = (until - acts.at) / DAY
    weight = np.exp(-age / config.days) if config.window is None else (age <= config.window).astype(np.float64)
    return np.bincount(acts.item, weights=weight, minlength=size).astype(np.float32)


class Popular:
    """The same list for everybody."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ids: list[str] = []
        self.shared = np.empty(0, dtype=np.float32)

    def fit(
        self,
        past: Interactions,
        goods: Goods,
        until: int,
        validation: Interactions | None,  # noqa: ARG002 (it has nothing to find)
        watch: Watch,
    ) -> dict[str, Any]:
        """Counts.

        Raises:
            NotEnoughData: there is no event with an item.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=1, items=1, shoppers=1)
        counts = decayed(acts, until, self.config, len(goods))
        bought = np.flatnonzero(np.bincount(acts.item, minlength=len(goods)))
        self.ids = [goods.ids[number] for number in bought]
        self.shared = counts[bought] / max(float(counts.max()), 1e-30)
        watch("popular", 1.0)
        return {}

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `counts`."""
        write(folder, name, self.ids, {"shared": self.shared})
        return Component(name=name, runtime="counts", folder=name)


def build(config: Config, seed: int) -> Popular:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return Popular(config)
