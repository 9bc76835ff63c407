"""How the inputs of a blend are made: what is read, and what follows from it, worked out once for a list of inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.features._compiled import compiled
from lingxi.recommend.moment import is_own

LOG, PRODUCT, LOG_RANK, LEAD = range(4)
TINY: Final = np.float32(1e-3)
FAR: Final = np.log(1000.0, dtype=np.float32)
"""The rank from which on a lead is nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows of the columns to make: `rows` of them, the inputs first, then what only others are made of.

    `own` (rows, names) are read with the shopper's own acts, `features` and `scores` one by one. `steps` int64[s, 4]
    make the rest in order: (how, row, first, second), where first and second are rows, or a place in `sources`.
    """

    rows: int
    own: tuple[npt.NDArray[np.intp], tuple[str, ...]]
    features: tuple[tuple[int, str], ...]
    scores: tuple[tuple[int, str], ...]
    steps: npt.NDArray[np.int64]
    sources: tuple[str, ...]


@cache
def parse(name: str) -> tuple[str, str, str]:
    """How an input is made, and of what."""
    left, times, right = name.partition(" * ")
    if times:
        return "product", left, right
    if name.startswith("log "):
        return "log", name.removeprefix("log "), ""
    if name == "new":
        return "new", "", ""
    first, _, last = name.partition(".")
    return (last, first, "") if last in ("log_rank", "lead", "score") else ("feature", name, "")


def of_own(name: str) -> bool:
    """Whether an input depends on nothing but the shopper's own acts on an item."""
    how, left, _ = parse(name)
    return how == "new" or (how in ("feature", "log") and is_own(left))


@cache
def plan_of(inputs: tuple[str, ...]) -> Plan:
    """The plan for these inputs."""
    drawn = _Drawing(inputs)
    for name in inputs:
        drawn.make(name)
    own = [name for name in drawn.row if of_own(name)]
    return Plan(
        rows=len(drawn.row),
        own=(np.array([drawn.row[name] for name in own], dtype=np.intp), tuple(own)),
        features=tuple(drawn.features),
        scores=tuple(drawn.scores),
        steps=np.array(drawn.steps, dtype=np.int64).reshape(-1, 4),
        sources=tuple(drawn.sources),
    )


class _Drawing:
    """A plan in the making; what a column is made of comes before it."""

    def __init__(self, inputs: tuple[str, ...]) -> None:
        self.row = {name: place for place, name in enumerate(inputs)}
        self.features: list[tuple[int, str]] = []
        self.scores: list[tuple[int, str]] = []
        self.steps: list[tuple[int, int, int, int]] = []
        self.sources: list[str] = []
        self._made: set[str] = set()

    def make(self, name: str) -> int:
        """Sees to it that the column is made; returns its row."""
        row = self.row.setdefault(name, len(self.row))
        if name not in self._made:
            self._made.add(name)
            if not of_own(name):
                self._draw(row, *parse(name))
        return row

    def _draw(self, row: int, how: str, left: str, right: str) -> None:
        if how == "feature":
            self.features.append((row, left))
        elif how == "score":
            self.scores.append((row, left))
        elif how == "log":
            self.steps.append((LOG, row, self.make(left), 0))
        elif how == "product":
            self.steps.append((PRODUCT, row, self.make(left), self.make(right)))
        else:
            if left not in self.sources:
                self.sources.append(left)
            self.steps.append((LOG_RANK if how == "log_rank" else LEAD, row, self.sources.index(left), 0))


@compiled
def follow(steps: Any, values: Any, log_rank: Any, lists: Any, behind: Any) -> None:  # pragma: no cover
    """Makes columns of `values` float32[rows, m] from others, and from the ranks of the sources that proposed.

    `lists` int64[sources] is the row in `log_rank` float32[lists, m] of each source of the plan, −1 for one that
    proposed nothing; `behind` float32[lists] is the logarithm of the last rank of each list. What a list does not have
    stands behind its last, and leads by nothing.
    """
    for s in range(len(steps)):
        how, to, left, right = steps[s, 0], steps[s, 1], steps[s, 2], steps[s, 3]
        if how == LOG:
            for i in range(values.shape[1]):
                values[to, i] = np.log(values[left, i] + TINY)
        elif how == PRODUCT:
            for i in range(values.shape[1]):
                values[to, i] = values[left, i] * values[right, i]
        elif lists[left] < 0:
            values[to] = np.float32(0.0)
        else:
            source = lists[left]
            for i in range(values.shape[1]):
                rank = log_rank[source, i]
                if how == LEAD:
                    values[to, i] = np.float32(0.0) if np.isnan(rank) else FAR - rank
                else:
                    values[to, i] = behind[source] if np.isnan(rank) else rank
