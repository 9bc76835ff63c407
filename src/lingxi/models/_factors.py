"""What factorisations share: what they learn from, how a shopper is folded in, chosen by the exam, and their export."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._choice import Exam
from lingxi.models._export import write
from lingxi.models._lines import Lines, lines_of
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Need
from lingxi.runtimes.fold_in import fold_inside

Floats = npt.NDArray[np.float32]
READ: Final[dict[str, tuple[Any, ...]]] = {
    "places": (None, 1.0, 2.0, 3.0, 5.0, 10.0),
    "unseen": (0.003, 0.01, 0.03, 0.1, 0.3),
    "penalty": (0.001, 0.01, 0.1),
}
"""How a shopper is folded in."""


class Sized(Protocol):
    """What every factorisation can be told."""

    @property
    def width(self) -> int: ...

    @property
    def least(self) -> int: ...


Told = TypeVar("Told", bound=Sized)


class Factorised(Generic[Told]):
    """A model that is `factors` float32[rows, width] and a `bias` float32[rows] of the items `ids`."""

    def __init__(self, config: Told, seed: int) -> None:
        self.config, self.seed = config, seed
        self.ids: list[str] = []
        self.factors: Floats = np.empty((0, 0), dtype=np.float32)
        self.bias: Floats = np.empty(0, dtype=np.float32)

    def need(self, past: Interactions, goods: Goods) -> Need:
        """Vectors of shoppers and items, and the acts twice."""
        vectors = (len(np.unique(past.shopper)) + len(goods)) * self.config.width * 4
        return Need(2 * vectors + len(past) * 100, f"`width` below {self.config.width}, or a larger `least`")

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `fold_in`."""
        write(folder, name, self.ids, {"factors": self.factors, "bias": self.bias})
        settings = {name: getattr(self.config, name) for name in ("acts", "days", *READ)}
        return Component(name=name, runtime="fold_in", folder=name, settings=settings)

    def _begin(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None
    ) -> tuple[Lines, Exam | None]:
        """Who had what, with the items' names noted, and the exam where there is something to choose by.

        Raises:
            NotEnoughData: fewer than 2 shoppers, 2 items or 10 events with an item.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=10, items=2, shoppers=2)
        lines = lines_of(acts, least=self.config.least)
        self.ids = [goods.ids[number] for number in lines.known]
        return lines, None if validation is None else Exam(past, validation, lines.known, until)


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


@unlocked
def _fold_many(factors: Any, gram: Any, start: Any, rows: Any, weights: Any, penalty: float) -> Any:  # pragma: no cover
    vectors = np.empty((len(start) - 1, factors.shape[1]), np.float32)
    for q in range(len(start) - 1):
        weight = weights[start[q] : start[q + 1]]
        held = penalty * (1.0 + np.sum(weight))
        vectors[q] = fold_inside(factors, gram, rows[start[q] : start[q + 1]], weight, held)
    return vectors
