"""Compiles, before the first request, what only some shops' slates run."""

from __future__ import annotations

import numpy as np

from lingxi import registry
from lingxi.recommend.rerankers import _greedy
from lingxi.recommend.scene import Settings

COMPILED_ALREADY = ("auto", "none")


def warm(settings: Settings) -> None:
    """Runs the greedy kernels over nothing where a surface of this shop may ask for one."""
    every = [settings.of(name) for name in registry.names("recommend/surfaces")]
    if all(each.reranker in COMPILED_ALREADY and each.likeness == "category" for each in every):
        return
    nothing, numbers = np.empty(0), np.empty(0, np.int32)
    alike = (np.empty((0, 0), np.float32), numbers, numbers, np.empty(3))
    _greedy.relevant_and_different(nothing, *alike, 0.0, 1)
    _greedy.most_volume(nothing, *alike, 0.0, 1)
    _greedy.calibrated(nothing, np.empty(0, np.int64), nothing, 0.0, 1)
