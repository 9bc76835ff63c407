"""Several learnt things as one: each proposes, and an item's score is what its places and scores there are worth.

An item at place r of a member's list adds `rank` / (60 + r) (reciprocal rank fusion, Cormack et al. 2009) and `score`
times its score, which lies between 0 for the last of the list and 1 for the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.domain.history import History
from lingxi.nearest.top import top

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
DEPTH = 200
"""Items that a member is asked for."""
RANK = 60.0


def parts(scores: Floats) -> tuple[Floats, Floats]:
    """Of one member's list, best first: what each place is worth (1 for the first) and how high each score is, both
    float32[k]."""
    places = ((RANK + 1.0) / (RANK + 1.0 + np.arange(len(scores)))).astype(np.float32)
    if not len(scores):
        return places, places
    spread = float(scores[0] - scores[-1])
    heights = (scores - scores[-1]) / spread if spread > 0 else np.ones_like(scores)
    return places, heights.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Fusion:
    """`members` answer; `weights` float32[members, 2] is what a place and a score of each are worth."""

    members: Sequence[Any]
    weights: Floats

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items of the members' lists together, as (int32[k], float32[k])."""
        items, scores = self._gather(history, now, max(n, DEPTH))
        best = top(scores, n)
        return items[best], scores[best]

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """float32[len(items)], 0 for an item that no member proposes, −inf for one that none knows."""
        found, scores = self._gather(history, now, DEPTH)
        known = np.zeros(len(items), dtype=np.bool_)
        for member in self.members:
            known |= np.isfinite(member.score(history, now, items))
        place = np.searchsorted(found, items)
        there = found.take(place, mode="clip") == items if len(found) else known & False
        values = scores.take(place, mode="clip") if len(found) else np.zeros(len(items), np.float32)
        return np.where(there, values, np.where(known, np.float32(0.0), -np.inf)).astype(np.float32)

    def _gather(self, history: History, now: int, depth: int) -> tuple[Ints, Floats]:
        """What is proposed by any, in order of number, and the sums of what it is worth."""
        listed, worth = [], []
        for member, (rank, score) in zip(self.members, self.weights, strict=True):
            items, scores = member.propose(history, now, depth)
            places, heights = parts(scores)
            listed.append(items)
            worth.append(rank * places + score * heights)
        found, place = np.unique(np.concatenate(listed), return_inverse=True)
        sums = np.bincount(place, weights=np.concatenate(worth), minlength=len(found))
        return found.astype(np.int32), sums.astype(np.float32)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Fusion:
    """The members in `folder / component.folder`; settings: `members` (components) and `weights`.

    Raises:
        Incompatible: a member is missing or broken.
    """
    try:
        members = msgspec.convert(component.settings["members"], list[Component])
        weights = np.array(component.settings["weights"], dtype=np.float32).reshape(len(members), 2)
    except (KeyError, ValueError, msgspec.ValidationError) as error:
        raise Incompatible(
            f"the members of a fusion cannot be read: {error}", where=component.name, remedy="train again, or roll back"
        ) from error
    home = folder / component.folder
    return Fusion([registry.load("runtimes", each.runtime, "load")(home, each, ids) for each in members], weights)
