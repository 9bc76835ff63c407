"""What every ranker shares: which goals can be learnt, how the base stands to each, how chances are calibrated.

Position: what stands higher is clicked more, whatever it is. A term of its own (`log position`) takes that up while the
base is weighed and while chances are calibrated, and is left out when the ranker serves: every candidate is asked as if
it stood first (Zhao et al. 2019, "Recommending what video to watch next", the shallow tower).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import NotEnoughData
from lingxi.ports.ranker import Bools, Examples, Floats

POSITIVES: Final = 50
HELD: Final = 0.2
"""The share of the shoppers on whose slates a fit is stopped and calibrated."""
STEEP: Final = (0.1, 10.0)
"""A calibration that would turn an order round, or make steps of it, was fitted to noise."""
LOOSE: Final = 1e3
"""The inverse of how far a line through two numbers is held back."""


class Course(NamedTuple):
    """One goal to learn: the slates to `learn` from and those that are `held`, what was wanted of each, and how far the
    base alone brings each row (its score in log odds, position included)."""

    learn: Examples
    held: Examples
    wanted: tuple[Bools, Bools]
    start: tuple[Floats, Floats]


Correcting = Callable[[Floats], Floats]
"""float32[n] for values float32[n, k]."""


class Line(NamedTuple):
    """The numbers of `ports.ranker.Fitted` for one goal."""

    pull: float
    scale: float
    offset: float


def columns_of(lines: Sequence[Line]) -> tuple[Floats, Floats, Floats]:
    """Pull, scale and offset of all goals, float32[goals] each."""
    pull, scale, offset = np.array(lines, dtype=np.float32).T
    return pull, scale, offset


def learnable(examples: Examples) -> tuple[int, ...]:
    """The goals that enough was done for.

    Raises:
        NotEnoughData: there is none.
    """
    met = examples.wanted.sum(axis=0)
    goals = tuple(np.flatnonzero((met >= POSITIVES) & (met < len(examples.base))).tolist())
    if not goals or len(np.unique(examples.shopper)) < 2:
        raise _too_little(examples)
    return goals


def course_of(examples: Examples, goal: int, seed: int) -> tuple[Course, float]:
    """The goal's course, and by how much a unit of the base raises its log odds. Slates in which nothing was wanted
    teach no order and are left out of it."""
    wanted = examples.wanted[:, goal]
    slope, steep = _weighed(examples.base, examples, wanted)
    told = np.add.reduceat(np.append(wanted, False), examples.start[:-1]) > 0
    told &= examples.sizes() > 1
    away = _held_out(examples.shopper, seed)
    learn, held = examples.of(told & ~away), examples.of(told & away)
    if not len(learn):
        raise _too_little(examples)
    parts = (learn, held)
    start = tuple((slope * each.base + steep * np.log(each.position)).astype(np.float32) for each in parts)
    course = Course(learn, held, (learn.wanted[:, goal], held.wanted[:, goal]), (start[0], start[1]))
    return course, slope


def calibrated(examples: Examples, goal: int, slope: float, correction: Correcting, seed: int) -> Line:
    """Platt (1999): a line through the log odds, fitted to the slates of shoppers who were held out (all of them where
    those are too few), each row with the weight of the candidates that it stands for."""
    away = _held_out(examples.shopper, seed)
    held = examples.of(away)
    if held.wanted[:, goal].sum() < POSITIVES or held.wanted[:, goal].all():
        held = examples
    odds = slope * held.base + correction(held.values)
    steep, offset = _line(odds, held, held.wanted[:, goal])
    steep = float(np.clip(steep, *STEEP))
    return Line(pull=steep * slope, scale=steep, offset=offset)


def _too_little(examples: Examples) -> NotEnoughData:
    most = int(examples.wanted.sum(axis=0).max(initial=0))
    return NotEnoughData(
        f"a ranker cannot be fitted: {most} of {len(examples.base)} candidates were wanted",
        where="the validation days",
        remedy=f"send more acts: at least {POSITIVES} on what is proposed, of several shoppers",
    )


def _held_out(shopper: npt.NDArray[np.int32], seed: int) -> Bools:
    """Which slates are of the shoppers that are held out, bool[g]; at least one shopper on each side."""
    every = np.unique(shopper)
    count = min(max(int(HELD * len(every)), 1), len(every) - 1)
    chosen = np.random.default_rng(seed).choice(every, size=count, replace=False)
    return np.isin(shopper, chosen)


def _weighed(base: Floats, examples: Examples, wanted: Bools) -> tuple[float, float]:
    """What a unit of the base, and one of the position's logarithm, add to the log odds; of the base never less than
    nothing."""
    model = _logistic(base, examples, wanted)
    return max(float(model.coef_[0, 0]), 0.0), float(model.coef_[0, 1])


def _line(odds: Floats, examples: Examples, wanted: Bools) -> tuple[float, float]:
    model = _logistic(odds, examples, wanted)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _logistic(odds: Floats, examples: Examples, wanted: Bools) -> Any:
    from sklearn.linear_model import LogisticRegression  # in the train extra only

    columns = np.stack([odds, np.log(examples.position)], axis=1).astype(np.float64)
    model = LogisticRegression(C=LOOSE, max_iter=200)
    return model.fit(columns, wanted, sample_weight=examples.weight)
