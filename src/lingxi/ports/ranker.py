"""What a ranker is: it learns from slates to correct an order that there is, and exports to a runtime."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Candidates of g slates, those of one slate in a run: `start` int64[g + 1] says where each begins.

    `values` float32[n, k] are the `inputs` as of the moment of the slate, NaN or infinite where one is not known;
    `wanted` bool[n, goals] what the shopper then did with a candidate; `base` float32[n] the score of the order that is
    to be corrected; `position` float32[n] the place, from 1, at which it was shown (1 where that is not known);
    `weight` float32[n] how many candidates a row stands for. `shopper` int32[g] is who each slate was for.
    """

    inputs: tuple[str, ...]
    values: Floats
    wanted: Bools
    base: Floats
    position: Floats
    weight: Floats
    start: Longs
    shopper: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start) - 1

    def sizes(self) -> Longs:
        """How many candidates each slate has, int64[g]."""
        return np.diff(self.start)

    def of(self, slates: Bools) -> Examples:
        """Those of the chosen slates, bool[g]."""
        return replace(self.rows(np.repeat(slates, self.sizes())), **_kept(self, slates))

    def rows(self, keep: Bools) -> Examples:
        """Those of the chosen rows, bool[n]; a slate may become empty."""
        before = np.concatenate([[0], np.cumsum(keep)])
        columns = {name: getattr(self, name)[keep] for name in ("values", "wanted", "base", "position", "weight")}
        return replace(self, **columns, start=before[self.start])

    def reading(self, columns: list[int]) -> Examples:
        """With these columns of the inputs alone."""
        names = tuple(self.inputs[column] for column in columns)
        return replace(self, inputs=names, values=self.values[:, columns])


def joined(parts: list[Examples]) -> Examples:
    """One after the other."""
    edges = np.cumsum([0, *(len(each.base) for each in parts)])
    columns = ("values", "wanted", "base", "position", "weight", "shopper")
    starts = [each.start[:-1] + edge for each, edge in zip(parts, edges, strict=False)]
    told: dict[str, Any] = {name: np.concatenate([getattr(each, name) for each in parts]) for name in columns}
    return replace(parts[0], **told, start=np.concatenate([*starts, edges[-1:]]).astype(np.int64))


def _kept(examples: Examples, slates: Bools) -> dict[str, Any]:
    sizes = examples.sizes()[slates]
    return {"start": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), "shopper": examples.shopper[slates]}


class Fitted(Protocol):
    """A ranker that has learnt. `goals` are the places among the columns of `wanted` that it was fitted to; with
    `pull`, `scale`, `offset` float32[goals] the log odds of each are pull · base + scale · correction + offset."""

    goals: tuple[int, ...]
    pull: Floats
    scale: Floats
    offset: Floats

    def used(self) -> Bools:
        """Which inputs it reads, bool[k]; the others may be left out of what it is exported with."""
        ...

    def export(self, folder: Path, name: str, kept: list[int], settings: dict[str, Any]) -> Component:
        """Writes the component into `folder / name`, for values of the `kept` columns alone."""
        ...


class Fit(Protocol):
    """What a file of `rankers` calls `fit`."""

    def __call__(self, examples: Examples, seed: int, seconds: float) -> Fitted:
        """Fits in about so many seconds.

        Raises:
            NotEnoughData: too little of what was shown was wanted.
        """
        ...
