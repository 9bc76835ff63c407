"""A past of any length as moments: shoppers come a block at a time, so that memory holds one block.

Where the past is one block, this is `prepare`. Else acts are first laid on disk by blocks of shoppers, and each block's
moments follow those of the one before, on disk too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Interactions
from lingxi.models._census import PART, Census, told_in
from lingxi.models._moments import Moments, prepare
from lingxi.spool import Columns, parted, room

BLOCK: Final = 2_000_000
"""Acts of a block, and those that its last shopper has beyond them."""
KINDS: Final = {"shopper": np.int32, "at": np.int64, "row": np.int32, "kind": np.int8, "goal": np.bool_}


@dataclass(frozen=True, slots=True)
class Numbers:
    """The net's numbers: `row` of each item, `kind` of each kind; what has a row below `known` can be aimed at."""

    row: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    known: int


@dataclass(frozen=True, slots=True)
class _Block:
    """Acts of some shoppers, in the order of the past."""

    shopper: npt.NDArray[np.int32]
    at: npt.NDArray[np.int64]
    row: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int8]
    goal: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)


def gather(
    past: Interactions, census: Census, numbers: Numbers, horizon_days: float, folder: Path | None = None
) -> Moments:
    """The moments of a past, whose census is known; large ones lie in files of `folder`.

    Raises:
        Unavailable: the disk has not so much room.
    """
    block_of = (np.cumsum(census.shoppers) - census.shoppers) // BLOCK
    sizes = np.bincount(block_of, census.shoppers).astype(np.int64)
    told = (_told(part, census.goal, numbers) for part in past.parts(PART))
    whole = parted(((block_of[each["shopper"]], each) for each in told), sizes, KINDS, folder)
    blocks = [
        _Block(**{name: column[low:high] for name, column in whole.items()})
        for low, high in pairwise(np.append(0, np.cumsum(sizes)).tolist())
        if high > low
    ]
    made = (prepare(each, each.row, each.kind, each.goal, horizon_days, census.first) for each in blocks)
    return next(made) if len(blocks) == 1 else _joined(made, len(census), folder)


def _told(part: Interactions, goal: int, numbers: Numbers) -> Columns:
    """A part's acts as the net has them."""
    chosen = told_in(part)
    row, kind = numbers.row[part.item[chosen]], part.kind[chosen]
    aimed = (kind == goal) & (row < numbers.known)
    here = {"shopper": part.shopper[chosen], "at": part.at[chosen]}
    return {**here, "row": row, "kind": numbers.kind[kind], "goal": aimed}


def _joined(blocks: Iterator[Moments], acts: int, folder: Path | None) -> Moments:
    """Moments of blocks one after the other, of `acts` in all."""
    place = np.int32 if acts < np.iinfo(np.int32).max else np.int64
    kinds: dict[str, Any] = {"shopper": np.int32, "at": np.int64, "kind": np.int8, "last": np.bool_}
    kinds |= {"line": place, "first": place, "stop": place, "row": np.int32, "wanted": np.int32}
    # There are at most as many moments, lines and targets as acts; one line more closes the last moment.
    whole = room(acts + 1, kinds, folder)
    size = lines = targets = 0
    for block in blocks:
        here = slice(size, size + len(block))
        for name in ("shopper", "at", "kind", "last"):
            whole[name][here] = getattr(block, name)
        whole["line"][here] = block.line[:-1] + lines
        whole["first"][here], whole["stop"][here] = block.first + targets, block.stop + targets
        whole["row"][lines : lines + len(block.row)] = block.row
        whole["wanted"][targets : targets + len(block.wanted)] = block.wanted
        size, lines, targets = size + len(block), lines + len(block.row), targets + len(block.wanted)
    whole["line"][size] = lines
    ends = {"row": lines, "wanted": targets, "line": size + 1}
    return Moments(**{name: column[: ends.get(name, size)] for name, column in whole.items()})
