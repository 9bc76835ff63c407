"""Several learnt things as one: each proposes, and an item's score is what its places and scores there are worth.

An item at place r of a member's list adds `rank` / (60 + r) (reciprocal rank fusion, Cormack et al. 2009), `lead` times
what its place leads by (1 for the first, falling with the logarithm of the place), and `score` times its score, which
lies between 0 for the last of the list and 1 for the first. What a member's word is worth is one
thing for items that are new to the shopper and another for those that they had.
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
PARTS = 3
"""What a member says of an item."""


def parts(scores: Floats) -> Floats:
    """Of one member's list, best first, float32[k, PARTS]: what each place is worth, what it leads by, and how high the
    score is, each 1 for the first."""
    place = np.arange(1, len(scores) + 1)
    found = np.ones((len(scores), PARTS), dtype=np.float32)
    found[:, 0] = (RANK + 1.0) / (RANK + place)
    found[:, 1] = 1.0 - np.log(place) / np.log(DEPTH + 1.0)
    if len(scores) and scores[0] > scores[-1]:
        found[:, 2] = (scores - scores[-1]) / (scores[0] - scores[-1])
    return found


@dataclass(frozen=True, slots=True)
class Fusion:
    """`members` answer; `weights` float32[members, 2, PARTS] is what each part of their word is worth for what is new
    to the shopper, and for what they had; to have had it is worth `again`."""

    members: Sequence[Any]
    weights: Floats
    again: float

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
        listed, new, had = [], [], []
        for member, (of_new, of_had) in zip(self.members, self.weights, strict=True):
            items, scores = member.propose(history, now, depth)
            said = parts(scores)
            listed.append(items)
            new.append(said @ of_new)
            had.append(said @ of_had)
        found, place = np.unique(np.concatenate(listed), return_inverse=True)
        fresh, known = (np.bincount(place, np.concatenate(each), len(found)) for each in (new, had))
        sums = np.where(np.isin(found, history.item), known + self.again, fresh)
        return found.astype(np.int32), sums.astype(np.float32)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Fusion:
    """The members in `folder / component.folder`; settings: `members` (components) and `weights`.

    Raises:
        Incompatible: a member is missing or broken.
    """
    try:
        members = msgspec.convert(component.settings["members"], list[Component])
        weights = np.array(component.settings["weights"], dtype=np.float32).reshape(len(members), 2, PARTS)
        again = float(component.settings["again"])
    except (KeyError, ValueError, msgspec.ValidationError) as error:
        raise Incompatible(
            f"the members of a fusion cannot be read: {error}", where=component.name, remedy="train again, or roll back"
        ) from error
    home = folder / component.folder
    return Fusion(
        [registry.load("runtimes", each.runtime, "load")(home, each, ids) for each in members], weights, again
    )
