"""What factorisations share: how a shopper is folded in, chosen by the exam, and how they are exported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.features._compiled import unlocked
from lingxi.models._choice import Exam
from lingxi.models._export import write
from lingxi.runtimes.fold_in import fold_inside

Floats = npt.NDArray[np.float32]
READ: Final[dict[str, tuple[Any, ...]]] = {
    "places": (None, 1.0, 2.0, 3.0, 5.0, 10.0),
    "unseen": (0.003, 0.01, 0.03, 0.1, 0.3),
    "penalty": (0.001, 0.01, 0.1),
}
"""How a shopper is folded in."""


def judged(exam: Exam, factors: Floats, bias: Floats, settings: dict[str, Any], acts: int) -> float:
    """The exam's figure of these factors, read by `settings` (those of `READ`) as the runtime `fold_in` reads them."""
    gram = np.float32(settings["unseen"]) * (factors.T @ factors)

    def score(low: int, high: int) -> Floats:
        how = {"days": settings.get("days"), "places": settings["places"]}
        start, rows, weights = exam.weights(low, high, acts=acts, **how)
        vectors = _fold_many(factors, gram, start, rows.astype(np.int32), weights, settings["penalty"])
        scores: Floats = vectors @ factors.T + bias
        return scores

    return exam.scores(score)


def export(
    folder: Path, name: str, ids: Sequence[str], factors: Floats, bias: Floats, settings: dict[str, Any]
) -> Component:
    """Writes a component of the runtime `fold_in`."""
    write(folder, name, list(ids), {"factors": factors, "bias": bias})
    return Component(name=name, runtime="fold_in", folder=name, settings=settings)


@unlocked
def _fold_many(factors: Any, gram: Any, start: Any, rows: Any, weights: Any, penalty: float) -> Any:  # pragma: no cover
    vectors = np.empty((len(start) - 1, factors.shape[1]), np.float32)
    for q in range(len(start) - 1):
        weight = weights[start[q] : start[q + 1]]
        held = penalty * (1.0 + np.sum(weight))
        vectors[q] = fold_inside(factors, gram, rows[start[q] : start[q + 1]], weight, held)
    return vectors
