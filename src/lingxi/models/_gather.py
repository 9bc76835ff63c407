"""A past of any length as moments: shoppers come a block at a time, so that memory holds one block.

Where the past is one block, this is `prepare`. Else acts are first laid on disk by blocks of shoppers, and each block's
moments follow those of the one before, on disk too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Interactions
from lingxi.models._census import PART, Census
from lingxi.models._goal import aims_of, ones, targets_in
from lingxi.models._join import join
from lingxi.models._moments import Moments, prepare
from lingxi.models._reads import Queries
from lingxi.runtimes._words import rows_of_codes
from lingxi.spool import Columns, parted

BLOCK: Final = 2_000_000
"""Acts of a block, and those that its last shopper has beyond them."""
KINDS: Final = {"shopper": np.int32, "at": np.int64, "row": np.int32, "kind": np.int8, "aim": np.int8}
RATED: Final = {"pull": np.float32}
SEARCHED: Final = {"query": np.int64}
"""What is told of acts beside, where ratings and where searches are read."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The net's `row` int64 of each item; what has one below `known` can be aimed at."""

    row: npt.NDArray[np.int64]
    known: int


@dataclass(frozen=True, slots=True)
class _Block:
    """Acts of some shoppers, in the order of the past: `aim` and `pull` as `targets_in` has them, `query` None where
    none is read."""

    shopper: npt.NDArray[np.int32]
    at: npt.NDArray[np.int64]
    row: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int8]
    aim: npt.NDArray[np.int8]
    pull: npt.NDArray[np.float32] | None = None
    query: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.at)


def gather(past: Interactions, census: Census, rows: Rows, horizon_days: float, folder: Path | None = None) -> Moments:
    """The moments of a past, whose census is known; large ones lie in files of `folder`.

    Raises:
        Unavailable: the disk has not so much room.
    """
    block_of = (np.cumsum(census.shoppers) - census.shoppers) // BLOCK
    sizes = np.bincount(block_of, census.shoppers).astype(np.int64)
    told = (_told(part, census, rows) for part in past.parts(PART))
    whole = parted(((block_of[each["shopper"]], each) for each in told), sizes, _columns(census), folder)
    blocks = [
        _Block(**{name: column[low:high] for name, column in whole.items()})
        for low, high in pairwise(np.append(0, np.cumsum(sizes)).tolist())
        if high > low
    ]
    made = _made(blocks, census, horizon_days)
    moments = next(made) if len(blocks) == 1 else join(made, census, folder)
    return replace(moments, people=census.reads.people(past.people, len(census.shoppers)))


def _columns(census: Census) -> dict[str, Any]:
    """What is told of acts, and how."""
    rated, searched = census.reads.scale is not None, len(census.reads.codes) > 0
    return KINDS | (RATED if rated else {}) | (SEARCHED if searched else {})


def _told(part: Interactions, census: Census, rows: Rows) -> Columns:
    """A part's acts as the net has them."""
    reads = census.reads
    acts = part.where(reads.there(part))
    aim, pull = targets_in(acts, census.aims, reads.scale)
    row = np.where(acts.item >= 0, rows.row[acts.item], -1)
    aim[row >= rows.known] = 0
    told: Columns = {
        "shopper": acts.shopper,
        "at": acts.at,
        "row": row,
        "kind": reads.number(acts),
        "aim": aim,
        "pull": pull,
    }
    told["query"] = np.where(acts.item < 0, acts.query, 0)
    return {name: told[name] for name in _columns(census)}


def _made(blocks: list[_Block], census: Census, horizon_days: float) -> Iterator[Moments]:
    """The moments of each block."""
    row = rows_of_codes(census.reads.codes)
    for block in blocks:
        aims = aims_of(block.aim, ones(len(block)) if block.pull is None else block.pull, census.aims)
        queries = None if block.query is None else Queries(block.query, row)
        yield prepare(block, block.row, block.kind, aims, horizon_days, census.first, queries)
