"""The number that a net has for an act: by its kind, and for a rating by how good it was.

One definition for training and serving: both read an act's number from the same table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.event import KINDS
from lingxi.domain.history import Interactions
from lingxi.domain.rating import CODES, RATING, UNTOLD, VALUES, codes_of

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
BANDS: Final = 5
"""Parts of a scale: the stars of most shops."""
BAD: Final = 1
"""The bands up to this one say that the shopper did not like it."""
RARE: Final = 0.005
"""The share of ratings at each end of a scale that may be slips of the hand."""


class Scale(Struct, frozen=True):
    """The shop's scale: a rating from `low` to `high` lies in one of BANDS even bands around its marks, the ends
    included: of five stars each is a band. Where all ratings are alike they are the best, and what is below the worst.
    """

    low: float
    high: float

    @classmethod
    def of(cls, counts: Longs) -> Self | None:
        """The scale of what was rated; `counts` int64[CODES]: how many acts have which code. None where nothing was."""
        rated = counts * (np.arange(CODES) != UNTOLD)
        if not (total := int(rated.sum())):
            return None
        places = np.rint((total - 1) * np.array([RARE, 1 - RARE]))
        low, high = VALUES[np.searchsorted(np.cumsum(rated), places, side="right")]
        return cls(float(low), float(high))

    def bands(self) -> Longs:
        """The band of each code, int64[CODES], 0 the worst; −1 for UNTOLD."""
        wide = self.high - self.low
        part = (VALUES[1:] - self.low) / wide if wide > 0 else (VALUES[1:] >= self.low).astype(np.float64)
        bands = np.clip(np.floor(part * (BANDS - 1) + 0.5), 0, BANDS - 1)
        every: Longs = np.append(-1, bands).astype(np.int64)
        return every

    def pull(self, acts: Interactions) -> Floats:
        """How much each act draws, float32[n]: 0 for a bad rating, up to 1 for the best; 1 for what is no rating."""
        return self.pulls()[codes_of(acts.kind, acts.value)]

    def pulls(self) -> Floats:
        """The same by code, float32[CODES]."""
        bands = self.bands()
        pulls: Floats = np.where(bands < 0, 1.0, strength(bands)).astype(np.float32)
        return pulls


def strength(bands: Longs) -> npt.NDArray[np.float64]:
    """What each band says for its item, 0 to 1: of five stars the upper three, 1/3, 2/3 and 1."""
    strong: npt.NDArray[np.float64] = np.clip((bands - BAD) / (BANDS - 1 - BAD), 0.0, 1.0)
    return strong


class Numbers(Struct, frozen=True):
    """`kinds`: the net's number of each kind of the domain. With a `scale` the bands of the ratings of a kind (by its
    code, as text) have numbers of their own, from that in `first` on."""

    kinds: tuple[int, ...]
    scale: Scale | None = None
    first: Mapping[str, int] = {}

    @classmethod
    def met(cls, kinds: npt.NDArray[np.integer], scale: Scale | None, *, told_apart: bool) -> Self:
        """Numbers for acts of these kinds: 0 is padding, 1 `any`, which every kind gets that was not met, and each
        kind where they are not `told_apart`; 2 and on those that were met, then the bands."""
        numbers = np.ones(len(KINDS), dtype=np.int64)
        there = np.unique(kinds)
        if told_apart:
            numbers[there] = np.arange(2, 2 + len(there))
        end = int(numbers.max()) + 1
        rated = [code for code in RATING if code in there] if scale is not None else []
        first = {str(code): end + BANDS * place for place, code in enumerate(rated)}
        return cls(tuple(numbers.tolist()), scale, first)

    @property
    def count(self) -> int:
        """How many numbers there are, padding and `any` too."""
        return 1 + max([0, *self.kinds, *(first + BANDS - 1 for first in self.first.values())])

    def table(self) -> Longs:
        """int64[kinds, CODES]: the number of an act by its kind and the code of its rating."""
        table = np.repeat(np.array(self.kinds, dtype=np.int64)[:, None], CODES, axis=1)
        if self.scale is not None:
            bands = self.scale.bands()
            for kind, first in self.first.items():
                table[int(kind)] = np.where(bands >= 0, first + bands, table[int(kind)])
        return table

    def settings(self) -> dict[str, Any]:
        """What a component says of them; `numbers_of` reads it."""
        told: dict[str, Any] = {"kinds": list(self.kinds)}
        if self.scale is not None:
            told["ratings"] = {"low": self.scale.low, "high": self.scale.high, "first": dict(self.first)}
        return told

    def gains(self) -> list[float]:
        """How strongly an act of each number counts before anything is learnt: a bad rating hardly at all."""
        gains = [1.0] * self.count
        for first in self.first.values():
            gains[first : first + BANDS] = (np.arange(BANDS) / (BANDS - 1)).tolist()
        return gains


def numbers_of(kinds: Sequence[int], ratings: Mapping[str, Any] | None) -> Numbers:
    """From a component's settings."""
    if ratings is None:
        return Numbers(tuple(kinds))
    return Numbers(tuple(kinds), Scale(float(ratings["low"]), float(ratings["high"])), dict(ratings["first"]))
