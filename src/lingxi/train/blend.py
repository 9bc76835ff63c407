"""Fits the blend: a logistic model of whether a candidate is bought, over what the sources say of it.

What decides a slate is how the best few compare, so it is fitted to the candidates that come close: `near` keeps each
shopper's best by any of a few inputs. Fitted to all of them it learns to tell the hopeless from the rest, and ranks the
top worse than own decayed frequency alone (docs/log.md).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import NotEnoughData
from lingxi.runtimes.linear import Linear
from lingxi.train.leak import check_inputs

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
POSITIVES = 50


def near(matrix: Floats, columns: list[tuple[int, int]]) -> Bools:
    """bool[n]: which of one shopper's candidates to fit to: for each (column, count), the `count` with the greatest
    values of that column; missing values come last."""
    kept = np.zeros(len(matrix), dtype=np.bool_)
    for column, count in columns:
        values = np.where(np.isfinite(matrix[:, column]), matrix[:, column], -np.inf)
        best = np.argsort(-values, kind="stable")[:count]
        kept[best[np.isfinite(values[best])]] = True
    return kept


def fit(inputs: tuple[str, ...], matrix: Floats, bought: Bools) -> Linear:
    """A logistic model of `bought` bool[n] over `matrix` float32[n, k], whose columns `inputs` name.

    Missing values (NaN or infinite) take the column's median, and columns are standardised; both travel with it.

    Raises:
        NotEnoughData: fewer than 50 candidates were bought, or all were.
        Invalid: one of the inputs gives away what was bought.
    """
    positives = int(bought.sum())
    if positives < POSITIVES or positives == len(bought):
        raise NotEnoughData(
            f"the blend cannot be fitted: {positives} of {len(bought)} candidates were bought",
            where="the validation days",
            remedy=f"send more purchases: at least {POSITIVES} of them on the days before the last two weeks",
        )
    check_inputs(inputs, matrix, bought, "the blend")
    from sklearn.linear_model import LogisticRegression  # in the train extra only

    finite = np.isfinite(matrix)
    missing = np.array([_median(matrix[finite[:, k], k]) for k in range(matrix.shape[1])], dtype=np.float32)
    filled = np.where(finite, matrix, missing).astype(np.float64)
    mean, scale = filled.mean(axis=0), filled.std(axis=0)
    scale[scale < 1e-6] = 1.0
    model = LogisticRegression(C=1.0, max_iter=500).fit((filled - mean) / scale, bought)
    return Linear(
        inputs=inputs,
        missing=missing,
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        weights=model.coef_[0].astype(np.float32),
        bias=float(model.intercept_[0]),
    )


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else 0.0
