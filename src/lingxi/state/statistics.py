"""What features need to know of a training window; it travels in the bundle and is handed to reads."""

from __future__ import annotations

from typing import Any

from lingxi import registry
from lingxi.domain.history import Goods, Interactions
from lingxi.features._feature import Feature


def measure(past: Interactions, goods: Goods) -> dict[str, Any]:
    """The statistics of each feature that has any, by its name; JSON."""
    features: list[Feature] = [registry.load("features", name, "FEATURE") for name in registry.names("features")]
    return {each.name: each.measure(past, goods) for each in features if each.measure is not None}
