"""Moments of blocks of shoppers one after the other, laid on disk where memory does not hold them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from lingxi.domain.words import MOST
from lingxi.models._census import Census
from lingxi.models._goal import Goal, ones
from lingxi.models._moments import Moments
from lingxi.models._reads import Lines
from lingxi.spool import Columns, room

OWN: Final = {"shopper": np.int32, "at": np.int64, "kind": np.int8, "worth": np.float32}
"""What is one number a moment, and of what sort."""
ROW: Final = {"row": np.int32}


def join(blocks: Iterator[Moments], census: Census, folder: Path | None) -> Moments:
    """Moments of `blocks`, but for the shoppers' traits; the census says how many they may be.

    Raises:
        Unavailable: the disk has not so much room.
    """
    acts = len(census)
    # There are at most as many moments and lines as acts; one line more closes the last moment.
    own = room(acts, OWN, folder)
    lines = _Spool(acts, ROW, acts + 1, ("first",), folder)
    words = _Spool(MOST * census.searches, ROW, acts + 1 if len(census.reads.codes) else 0, ("first",), folder)
    aimed = ROW | ({} if census.reads.scale is None else {"pull": np.float32})
    goals = [_Spool(int(count), aimed, acts, ("first", "stop"), folder) for count in census.counts.sum(axis=1)]
    size = 0
    for block in blocks:
        for name in OWN:
            own[name][size : size + len(block)] = getattr(block, name)
        lines.add({"row": block.row}, {"first": block.line[:-1]})
        if block.words is not None:
            words.add({"row": block.words.row}, {"first": block.words.first[:-1]})
        for spool, goal in zip(goals, block.goals, strict=True):
            spool.add({name: getattr(goal, name) for name in aimed}, {"first": goal.first, "stop": goal.stop})
        size += len(block)
    line, word = lines.closed(), words.closed() if len(census.reads.codes) else None
    return Moments(
        shopper=own["shopper"][:size],
        at=own["at"][:size],
        kind=own["kind"][:size],
        worth=own["worth"][:size],
        row=line.row,
        line=line.first,
        goals=tuple(spool.goal(weight) for spool, weight in zip(goals, census.aims.values(), strict=True)),
        words=word,
    )


class _Spool:
    """What owners have some of, and where each one's begins or ends: of blocks one after the other."""

    def __init__(
        self, most: int, held: dict[str, Any], owners: int, places: tuple[str, ...], folder: Path | None
    ) -> None:
        kind = np.int32 if most < np.iinfo(np.int32).max else np.int64
        self.held: Columns = room(most, held, folder)
        self.places: Columns = room(owners, dict.fromkeys(places, kind), folder)
        self.size = self.owners = 0

    def add(self, held: dict[str, Any], places: dict[str, Any]) -> None:
        """A block's: its `places` count from its own beginning."""
        for name, column in places.items():
            self.places[name][self.owners : self.owners + len(column)] = column + self.size
        for name, column in held.items():
            self.held[name][self.size : self.size + len(column)] = column
        self.owners += len(next(iter(places.values())))
        self.size += len(next(iter(held.values())))

    def closed(self) -> Lines:
        """With where the last one's end."""
        first = self.places["first"][: self.owners + 1]
        first[self.owners] = self.size
        return Lines(self.held["row"][: self.size], first)

    def goal(self, weight: float) -> Goal:
        """As targets."""
        row, pull = self.held["row"][: self.size], self.held.get("pull")
        first, stop = (self.places[name][: self.owners] for name in ("first", "stop"))
        return Goal(row, ones(self.size) if pull is None else pull[: self.size], first, stop, weight)
