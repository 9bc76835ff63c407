"""A logistic model over a few inputs of each candidate: how the blend answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.features._compiled import compiled

Floats = npt.NDArray[np.float32]
COLUMNS = ("missing", "mean", "scale", "weights")


@compiled
def log_odds(matrix: Any, missing: Any, rates: Any, constant: float) -> Any:  # pragma: no cover
    """`constant` and each row's sum of rate · input, `missing` where an input is not finite: float32[len(matrix)]."""
    sums = np.full(len(matrix), constant, np.float64)
    for k in range(len(rates)):
        for i in range(len(matrix)):
            value = matrix[i, k]
            sums[i] += rates[k] * (value if np.isfinite(value) else missing[k])
    return sums.astype(np.float32)


@compiled
def gained(matrix: Any, missing: Any, rates: Any) -> Any:  # pragma: no cover
    """rate · (input − missing) of each input that is finite, else 0: float32[n, k]."""
    gains = np.zeros(matrix.shape, np.float32)
    for i in range(len(matrix)):
        for k in range(len(rates)):
            if np.isfinite(matrix[i, k]):
                gains[i, k] = (matrix[i, k] - missing[k]) * rates[k]
    return gains


@dataclass(frozen=True, slots=True)
class Linear:
    """`inputs` name the k columns; a missing value (NaN or infinite) takes `missing`, then `(x − mean) / scale`."""

    inputs: tuple[str, ...]
    missing: Floats
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    rates: Floats = field(init=False, repr=False, compare=False)
    constant: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """What each unit of an input adds, and the log odds where every input is 0."""
        object.__setattr__(self, "rates", self.weights / self.scale)
        object.__setattr__(self, "constant", self.bias - float(self.mean @ self.rates))

    def score(self, matrix: Floats) -> Floats:
        """Log odds float32[n] of each row of `matrix` float32[n, k]."""
        scores: Floats = log_odds(matrix, self.missing, self.rates, self.constant)
        return scores

    def parts(self, matrix: Floats) -> Floats:
        """What each input adds to the log odds: float32[n, k]; the rows' sums and the bias make the score."""
        return self.standard(matrix) * self.weights

    def gains(self, matrix: Floats) -> Floats:
        """How much each input raises the log odds against its being missing: float32[n, k]."""
        gains: Floats = gained(matrix, self.missing, self.rates)
        return gains

    def towards(self, goals: Mapping[str, float]) -> Linear:  # noqa: ARG002 (it was fitted to one)
        """Itself."""
        return self

    def standard(self, matrix: Floats) -> Floats:
        """The inputs with missing values filled, in standard deviations from their mean."""
        filled = np.where(np.isfinite(matrix), matrix, self.missing)
        return ((filled - self.mean) / self.scale).astype(np.float32)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Linear:
        """From JSON-able settings: `inputs`, `missing`, `mean`, `scale`, `weights` of one length, and `bias`.

        Raises:
            Incompatible: one is absent or has another length.
        """
        try:
            inputs = tuple(str(name) for name in settings["inputs"])
            columns = {name: np.asarray(settings[name], dtype=np.float32) for name in COLUMNS}
            bias = float(settings["bias"])
        except (KeyError, TypeError, ValueError) as error:
            raise _broken(f"a linear model lacks {error}") from error
        if any(column.shape != (len(inputs),) for column in columns.values()):
            raise _broken(f"a linear model of {len(inputs)} inputs has columns of another length")
        return cls(inputs=inputs, bias=bias, **columns)

    def settings(self) -> dict[str, Any]:
        """What `of` makes it from again."""
        columns = {name: getattr(self, name).tolist() for name in COLUMNS}
        return {"inputs": list(self.inputs), **columns, "bias": self.bias}


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Linear:  # noqa: ARG001 (it holds no items)
    """The model in the component's settings; `folder` and `ids` are not read."""
    return Linear.of(component.settings)


def _broken(what: str) -> Incompatible:
    return Incompatible(what, where="manifest.json", remedy="train again, or roll back to an earlier model")
