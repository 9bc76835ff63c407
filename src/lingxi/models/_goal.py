"""What a net aims at: the acts that can be targets, and how much each weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Interactions
from lingxi.models._past import WANTED
from lingxi.runtimes._kinds import Scale

Longs = npt.NDArray[np.int64]
Rows = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Aims = Literal["strongest", "weighted"] | dict[str, float]
AIMED: Final = tuple(kind for kind, code in KIND_CODE.items() if code in WANTED)
"""Kinds that can be targets."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One kind of target among n acts: `weight` in (0, 1] beside the other kinds, `pull` float32[n] in [0, 1] of each
    act, 0 where it is no target."""

    weight: float
    pull: Floats

    @property
    def chosen(self) -> npt.NDArray[np.bool_]:
        """Which acts are targets, bool[n]."""
        return self.pull > 0


def check_aims(aims: Aims) -> None:
    """Whether weights by kind are such.

    Raises:
        ValueError: a kind cannot be a target, a weight is below 0, or all are 0.
    """
    if isinstance(aims, str):
        return
    for kind, weight in aims.items():
        if kind not in AIMED:
            raise ValueError(f"`aims` cannot name '{kind}': a target is one of {', '.join(AIMED)}")
        if not 0.0 <= weight < float("inf"):
            raise ValueError(f"`aims.{kind}` must be at least 0, not {weight}")
    if not any(aims.values()):
        raise ValueError("`aims` must give at least one kind a weight above 0")


def targets_in(
    acts: Interactions, weights: Mapping[int, float], scale: Scale | None
) -> tuple[npt.NDArray[np.int8], Floats]:
    """Which acts can be targets, int8[n], by the place from 1 on of their kind in `weights`, 0 for none; and how much
    each draws, float32[n], 1 without a `scale`: with one a rating does by how good it is, and a bad one is no target.
    """
    place = np.zeros(len(KIND_CODE), dtype=np.int8)
    place[list(weights)] = np.arange(1, len(weights) + 1)
    aim = place[acts.kind]
    aim[(acts.item < 0) | (acts.shopper < 0)] = 0
    if scale is None:
        return aim, ones(len(acts))
    pull = scale.pull(acts)
    aim[pull <= 0] = 0
    return aim, pull


def ones(size: int) -> Floats:
    """float32[size] that takes no memory."""
    return np.broadcast_to(np.float32(1.0), size)


def aims_of(aim: npt.NDArray[np.int8], pull: Floats, weights: Mapping[int, float]) -> list[Aim]:
    """Each kind of target among acts whose targets are known, as `targets_in` has them."""
    nothing = np.float32(0.0)
    return [
        Aim(weight, np.where(aim == place, pull, nothing)) for place, weight in enumerate(weights.values(), start=1)
    ]


def weights_of(aims: Aims, counts: Mapping[int, int]) -> dict[int, float]:
    """The weight of each kind that is aimed at, at most 1, the heaviest first; `counts` are of each kind that can be,
    the strongest first."""
    weights = _weights(aims, counts)
    return dict(sorted(((kind, each) for kind, each in weights.items() if each > 0), key=lambda told: -told[1]))


def _weights(aims: Aims, counts: Mapping[int, int]) -> dict[int, float]:
    """The weight of each kind that was met `counts` times, at most 1."""
    if not counts:
        return {}
    if aims == "strongest":
        return {next(iter(counts)): 1.0}
    if aims == "weighted":
        return _by_rarity(counts)
    assert not isinstance(aims, str), "the two words are dealt with"  # noqa: S101
    given = {code: aims.get(kind, 0.0) for kind, code in KIND_CODE.items() if code in counts}
    most = max(*given.values(), 1e-30)
    return {code: weight / most for code, weight in given.items()}


def _by_rarity(counts: Mapping[int, int]) -> dict[int, float]:
    """By how much rarer the strongest kind is, the root of it: all views together then weigh more than all purchases,
    but each less, and a weaker kind never more than a stronger one."""
    weights, last = dict[int, float](), 1.0
    strongest = next(iter(counts.values()))
    for code, count in counts.items():
        last = min(last, (strongest / count) ** 0.5)
        weights[code] = last
    return weights


def liked(acts: Interactions, scale: Scale | None) -> Interactions:
    """The acts without bad ratings."""
    return acts if scale is None else acts.where(scale.pull(acts) > 0)


@dataclass(frozen=True, slots=True)
class Goal:
    """The targets of m moments that are of one aim: those of moment i are `row[first[i] : stop[i]]` (of the
    vocabulary), each with its `pull`; `weight` is the aim's."""

    row: Rows
    pull: Floats
    first: Rows
    stop: Rows
    weight: float

    def __len__(self) -> int:
        return len(self.first)

    def worth(self) -> Floats:
        """float32[m]: how much there is to learn at a moment, 0 without a target, at most `weight`."""
        before = np.append(0.0, np.cumsum(self.pull, dtype=np.float64))
        pull = np.clip(before[self.stop] - before[self.first], 0.0, 1.0)
        worth: Floats = (self.weight * pull).astype(np.float32)
        return worth

    def draw(self, moment: Longs, most: int, rng: np.random.Generator) -> tuple[Longs, Doubles]:
        """All targets of each moment if they are few, else a sample of `most`, one from each part of the time ahead:
        rows int64[k, t] and weights float64[k, t], at most the goal's in sum."""
        first = self.first[moment]
        count = self.stop[moment] - first
        width = max(1, min(most, int(count.max(initial=1))))
        spread = np.arange(width)[None, :]
        drawn = ((rng.random((len(moment), width)) + spread) * (count / width)[:, None]).astype(np.int64)
        offset = np.where(count[:, None] > width, drawn, spread)
        inside = offset < count[:, None]
        line = np.minimum(first[:, None] + np.where(inside, offset, 0), len(self.row) - 1)
        pull = inside * self.pull[line].astype(np.float64)
        share = pull * self.weight / np.maximum(pull.sum(axis=1, keepdims=True), 1.0)
        return self.row[line].astype(np.int64, copy=False), share


def worth_of(goals: Sequence[Goal]) -> Floats | float:
    """float32[m]: the share of epochs in which a moment is learnt at, by the heaviest of what it aims at."""
    worth: Floats | float = np.max([goal.worth() for goal in goals], axis=0) if goals else 0.0
    return worth


def draw(goals: Sequence[Goal], moment: Longs, most: int, rng: np.random.Generator) -> tuple[Longs, Floats]:
    """Targets of all goals side by side, int64[k, t], with weights float32[k, t] that sum to 1 in each row; a place
    that holds no target repeats the heaviest, with a weight of 0. Each moment has one at least."""
    pairs = [goal.draw(moment, most, rng) for goal in goals]
    target = np.concatenate([rows for rows, _ in pairs], axis=1)
    weight = np.concatenate([weights for _, weights in pairs], axis=1)
    best = np.take_along_axis(target, weight.argmax(axis=1)[:, None], axis=1)
    share: Floats = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.where(weight > 0, target, best), share
