"""Every read of every feature, whatever its scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lingxi.state.shopper import ShopperView
from lingxi.state.state import State


def every_read(
    state: State, views: Sequence[ShopperView], items: int, now: int, statistics: Mapping[str, Any] | None = None
) -> dict[str, np.ndarray]:
    """What each read says of these shoppers and of the first `items` items, by its name, in order of item numbers."""
    every = np.arange(items)
    found: dict[str, np.ndarray] = {}
    for feature in state.features.values():
        for name in (f"{feature.name}.{read}" for read in feature.reads):
            if feature.scope == "item":
                found[name] = state.item_feature(name, every, now, statistics)
            elif feature.scope == "moment":
                found[name] = state.moment_feature(name, every, now)
            elif feature.scope == "shopper":
                found[name] = np.array([view.feature(name, now) for view in views])
            elif feature.scope == "history":
                found[name] = np.concatenate([view.toward(name, every, now, statistics) for view in views])
            else:
                found[name] = np.concatenate([view.pair(name, now)[np.argsort(view.pair_items)] for view in views])
    return found
