"""What of a shopper's moved a score: each thing that they acted on is left out, and the model is asked again.

One definition for the reasons of a slate and for its explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KINDS
from lingxi.domain.history import History
from lingxi.features._compiled import compiled
from lingxi.recommend.because import STRENGTH
from lingxi.recommend.parts import Floats, Ints

THINGS: Final = 12
"""Things that are left out, one at a time: the newest."""
MOMENTS: Final = 12
"""Newest moments that are read with and without each: the whole history would cost five times as much, and what lies
further back moves little."""
NAMED: Final = 3
"""Things named of one item, at most."""
SHARE: Final = 0.01
"""Of the way from the first to the last score of the model's list: a thing that moves an item by less is no reason."""
PART: Final = 0.5
"""Of the fall without the first thing: one that moves an item by less is not named beside it."""
_STRENGTH = np.array([STRENGTH.get(code, 0) for code in range(len(KINDS))], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Moved:
    """Things that a shopper acted on, newest first: `items` int32[t] (`runtimes._things.SEARCHED`: all that they
    searched for), `kinds` int8[t] and `at` int64[t] the strongest kind of act on each and when it last happened, and
    `lost` float32[t, d]: what the vector of the newest moments has more than the same without all acts on the thing."""

    items: Ints
    kinds: npt.NDArray[np.int8]
    at: npt.NDArray[np.int64]
    lost: Floats

    def falls(self, encoder: Any, items: Ints) -> Floats:
        """By how much the score of each of `items` falls without each thing, float32[t, len(items)]; 0 where the
        encoder does not know the item."""
        falls: Floats = encoder.products(self.lost, items)
        return falls


def moved_by(encoder: Any, history: History, now: int) -> Moved:
    """What the newest things of a history do to its encoding at `now` (µs UTC): one run of the model."""
    items, last, vectors = encoder.without(history, now, _STRENGTH, THINGS, MOMENTS)
    return Moved(items, history.kind[last], history.at[last], _lost(vectors))


def least_of(scores: Floats) -> float:
    """The least fall that matters among the scores of a list, best first."""
    return SHARE * float(scores[0] - scores[-1]) if len(scores) else 0.0


def named(falls: Floats, least: float) -> list[list[int]]:
    """For each column of `falls` float32[t, m] the places of the things to name, the greatest fall first; none where
    none matters."""
    told = np.full((falls.shape[1], NAMED), -1, dtype=np.int64)
    _most(falls, np.float32(least), np.float32(PART), told)
    return [[place for place in places if place >= 0] for places in told.tolist()]


@compiled
def _lost(vectors: Any) -> Any:  # pragma: no cover
    """What the first of `vectors` float32[1 + t, d] has more than each other, float32[t, d]."""
    lost = np.empty((len(vectors) - 1, vectors.shape[1]), np.float32)
    for thing in range(len(lost)):
        for k in range(vectors.shape[1]):
            lost[thing, k] = vectors[0, k] - vectors[1 + thing, k]
    return lost


@compiled
def _most(falls: Any, least: Any, part: Any, told: Any) -> None:  # pragma: no cover
    """The places of the greatest falls of each column into a row of `told`, as far as they matter: above `least`, and
    at least a `part` of the greatest."""
    for column in range(falls.shape[1]):
        count = 0
        for thing in range(falls.shape[0]):
            fall = falls[thing, column]
            if not fall > least:
                continue
            place = count
            while place > 0 and fall > falls[told[column, place - 1], column]:
                if place < told.shape[1]:
                    told[column, place] = told[column, place - 1]
                place -= 1
            if place < told.shape[1]:
                told[column, place] = thing
                count = min(count + 1, told.shape[1])
        for place in range(1, count):
            if falls[told[column, place], column] < part * falls[told[column, 0], column]:
                told[column, place] = -1
