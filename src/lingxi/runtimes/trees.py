"""Trees over the inputs of each candidate, walked all at once: how a LightGBM ranker answers without it.

Every tree is kept whole to one depth, a node's children at 2i + 1 and 2i + 2, and all candidates take a step of one
tree together: no step waits for the one before it. It is faster than the same trees in ONNX Runtime
(docs/decisions/0016-rankers-correct-the-blend.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.features._compiled import compiled
from lingxi.runtimes._files import FILE, read_arrays
from lingxi.runtimes._goals import Ranker, ranker_of, warm

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
ARRAYS = ("feature", "threshold", "value", "goal")


@compiled
def walk(columns: Any, feature: Any, threshold: Any, value: Any, goal: Any, found: Any) -> None:  # pragma: no cover
    """Adds to `found` float32[goals, n] the leaf of each tree for each candidate.

    `columns` float32[k, n]: an input greater than a node's threshold goes to the right, all else (NaN too) to the left.
    Indices are unsigned where arrays are read, which spares the test for negative ones; the inner loop is the
    candidates', so that their steps overlap.
    """
    size = np.int32(columns.shape[1])
    flat = columns.reshape(-1)
    inner = feature.shape[1]
    depth = 0
    while (1 << depth) - 1 < inner:
        depth += 1
    at = np.empty(size, np.int32)
    for tree in range(len(feature)):
        begins, limits, values, sums = feature[tree] * size, threshold[tree], value[tree], found[goal[tree]]
        at[:] = 0
        for _ in range(depth):
            for i in range(size):
                node = np.uint32(at[i])
                right = flat[np.uint32(begins[node] + np.int32(i))] > limits[node]
                at[i] = np.int32(2) * at[i] + np.int32(1) + np.int32(right)
        for i in range(size):
            sums[i] += values[np.uint32(at[i])]


@compiled
def credit(columns: Any, feature: Any, threshold: Any, value: Any, goal: Any, found: Any) -> None:  # pragma: no cover
    """Adds to `found` float32[goals, n, k] by how much the mean of a node's rows moves with each step, for the input
    that the step asks (Saabas 2014, "Interpreting random forests"); with the roots they sum to what `walk` adds."""
    inner = feature.shape[1]
    for tree in range(len(feature)):
        for i in range(columns.shape[1]):
            node = 0
            while node < inner:
                asked = feature[tree, node]
                below = 2 * node + 1 + int(columns[asked, i] > threshold[tree, node])
                found[goal[tree], i, asked] += value[tree, below] - value[tree, node]
                node = below


@dataclass(frozen=True, slots=True)
class Forest:
    """T trees of one depth D: `feature` int32[T, 2^D − 1] and `threshold` float32 of the same shape are the inner
    nodes' (+inf where a leaf lies above), `value` float32[T, 2^(D+1) − 1] every node's mean, the last 2^D of them the
    leaves; `goal` int32[T] says to what a tree adds, of `goals`."""

    feature: Ints
    threshold: Floats
    value: Floats
    goal: Ints
    goals: int

    def correct(self, values: Floats) -> Floats:
        """See `_goals.Correction.correct`."""
        found = np.zeros((self.goals, len(values)), dtype=np.float32)
        walk(np.ascontiguousarray(values.T), self.feature, self.threshold, self.value, self.goal, found)
        return found

    def parts(self, values: Floats) -> Floats:
        """See `_goals.Correction.parts`."""
        found = np.zeros((self.goals, *values.shape), dtype=np.float32)
        credit(np.ascontiguousarray(values.T), self.feature, self.threshold, self.value, self.goal, found)
        return found


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Ranker:  # noqa: ARG001 (it holds no items)
    """The ranker in `folder / component.folder`; settings as `_goals.ranker_of` reads them.

    Raises:
        Incompatible: a file is missing or broken, or asks for an input that there is not.
    """
    feature, threshold, value, goal = read_arrays(folder / component.folder, *ARRAYS)
    goals = component.settings.get("goals", ())
    ranker = ranker_of(component, Forest(feature, threshold, value, goal, len(goals)))
    trees, inner = feature.shape if feature.ndim == 2 else (0, 0)
    fits = threshold.shape == (trees, inner) and value.shape == (trees, 2 * inner + 1) and goal.shape == (trees,)
    bounded = _within(feature, len(ranker.inputs)) and _within(goal, len(goals))
    if not fits or not bounded or (inner + 1) & inner:
        raise Incompatible(
            "the trees of a ranker do not fit each other, or its inputs",
            where=str(folder / component.folder / FILE),
            remedy="train again, or roll back to an earlier model",
        )
    warm(ranker)
    return ranker


def _within(numbers: Ints, end: int) -> bool:
    return bool(((numbers >= 0) & (numbers < end)).all())
