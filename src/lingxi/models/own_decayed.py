"""What the shopper buys: own purchases weighed by their age, then what everyone buys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.models._export import write
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Range, Watch

DAY = 86_400_000_000


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """An own purchase counts e^(−age / days); everyone's of the last `window` days order what own ones leave equal."""

    days: float = 120.0
    window: float = 28.0


SPACE = {"days": Range(10.0, 700.0, log=True), "window": Range(7.0, 112.0, log=True)}


class OwnDecayed:
    """Own decayed frequency: the strongest simple rule where shoppers buy again and again."""

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
        """Counts what everyone bought; own purchases are read from the history when asked.

        Raises:
            NotEnoughData: there is no event with an item.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=1, items=1, shoppers=1)
        bought = np.flatnonzero(np.bincount(acts.item, minlength=len(goods)))
        recent = acts.item[acts.at >= until - self.config.window * DAY]
        counts = np.bincount(recent, minlength=len(goods)).astype(np.float32)
        self.ids = [goods.ids[number] for number in bought]
        self.shared = counts[bought] / max(float(counts.max()), 1.0)
        watch("own_decayed", 1.0)
        return {}

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `counts`."""
        write(folder, name, self.ids, {"shared": self.shared})
        return Component(name=name, runtime="counts", folder=name, settings={"own_days": self.config.days})


def build(config: Config, seed: int) -> OwnDecayed:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return OwnDecayed(config)
