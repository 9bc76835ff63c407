"""A net over the inputs of each candidate, in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._goals import Ranker, ranker_of, warm
from lingxi.runtimes._onnx import session

Floats = npt.NDArray[np.float32]
NET = "ranker.onnx"
FAR = 5.0
"""Standard deviations from the mean beyond which an input says no more."""


@dataclass(frozen=True, slots=True)
class Net:
    """`net` makes [goals] of [k] standardised inputs; `missing`, `mean`, `scale` float32[k] standardise them."""

    net: Any
    missing: Floats
    mean: Floats
    scale: Floats

    def correct(self, values: Floats) -> Floats:
        """See `_goals.Correction.correct`."""
        return self._run(standard(values, self.missing, self.mean, self.scale))

    def parts(self, values: Floats) -> Floats:
        """See `_goals.Correction.parts`: what the answer loses when an input is as if it were
        missing, one at a time."""
        size, width = values.shape
        known = standard(values, self.missing, self.mean, self.scale)
        usual = standard(self.missing[None], self.missing, self.mean, self.scale)[0]
        without = np.repeat(known[:, None], width, axis=1)
        without[:, np.arange(width), np.arange(width)] = usual
        lost = self._run(without.reshape(-1, width)).reshape(-1, size, width)
        found: Floats = self._run(known)[:, :, None] - lost
        return found

    def _run(self, known: Floats) -> Floats:
        odds: Floats = self.net.run(None, {"inputs": known})[0].T
        return odds


def standard(values: Floats, missing: Floats, mean: Floats, scale: Floats) -> Floats:
    """The inputs of the net, float32[n, k]: gaps filled, in standard deviations from the mean, `FAR` at most."""
    filled = np.where(np.isfinite(values), values, missing)
    known: Floats = np.clip((filled - mean) / scale, -FAR, FAR).astype(np.float32, order="C")
    return known


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Ranker:  # noqa: ARG001 (it holds no items)
    """The ranker in `folder / component.folder`, on one thread; settings as `_goals.ranker_of` reads them.

    Raises:
        Incompatible: a file is missing or broken, or made for other inputs.
    """
    home = folder / component.folder
    net = Net(session(home / NET, "ranker"), *read_arrays(home, "missing", "mean", "scale"))
    ranker = ranker_of(component, net)
    warm(ranker)
    return ranker
