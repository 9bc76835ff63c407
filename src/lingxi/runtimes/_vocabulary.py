"""The items that a learnt thing knows, by id in its files and by the shop's numbers once loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import Incompatible
from lingxi.nearest.top import values_at

FILE = "items.json"
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`number` int32[rows] is the shop's number of each row, −1 where the shop has no such item; `row` int32 is the way
    back, by the shop's number, −1 for an item that the learnt thing does not know. `absent` are the rows of ids that
    the shop does not have yet."""

    number: Ints
    row: Ints
    absent: Mapping[str, int] = field(default_factory=dict)

    def rows(self, items: Ints) -> Ints:
        """The row of each item number, −1 where there is none (an item newer than the bundle is among these)."""
        rows: Ints = values_at(self.row, items)
        return rows

    def __len__(self) -> int:
        return len(self.number)


def write_vocabulary(folder: Path, ids: Sequence[str]) -> None:
    """Writes the ids in the order of the rows as a JSON array."""
    (folder / FILE).write_bytes(msgspec.json.encode(list(ids)))


def read_vocabulary(folder: Path, ids: Mapping[str, int]) -> Vocabulary:
    """The vocabulary of `folder` in the numbers of the shop whose `ids` are given.

    Raises:
        Incompatible: the file is missing or is not a JSON array of ids.
    """
    try:
        names = msgspec.json.decode((folder / FILE).read_bytes(), type=list[str])
    except (OSError, msgspec.MsgspecError) as error:
        raise Incompatible(
            f"the vocabulary of a model cannot be read: {error}",
            where=str(folder / FILE),
            remedy="train again, or roll back to an earlier model",
        ) from error
    number = np.fromiter((ids.get(name, -1) for name in names), dtype=np.int32, count=len(names))
    row = np.full(max(int(number.max(initial=-1)) + 1, 1), -1, dtype=np.int32)
    found = np.flatnonzero(number >= 0)
    row[number[found]] = found
    return Vocabulary(number, row, {names[place]: place for place in np.flatnonzero(number < 0).tolist()})
