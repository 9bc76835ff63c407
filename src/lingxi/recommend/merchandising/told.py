"""What merchant rules did to a slate, rule by rule, for its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.recommend.merchandising.arrange import Arranged
from lingxi.recommend.merchandising.book import Words
from lingxi.recommend.merchandising.standing import Standing
from lingxi.recommend.parts import Bools, Floats, Ints


class Ruled(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one rule did to one item: from which place to which, from 1. A removed item has none; where a score is
    changed they are places by score, before the reranker; else `before` is absent for what would not have been shown,
    `after` for what is not."""

    rule: str
    effect: str
    item: str
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """What is kept to tell it: the rules, the candidates int32[m] with their marks uint64[m, words] as they were, their
    scores before and after the rules float32[m], which were removed by rules and which stayed bool[m], the order."""

    standing: Standing
    items: Ints
    marks: Words
    before: Floats
    after: Floats
    removed: Bools
    stayed: Bools
    arranged: Arranged | None

    def told(self, ids: Sequence[str]) -> list[Ruled]:
        """Every effect, by the rules' order."""
        rules = self.standing.book.rules
        found = [*self._removed(), *self._scored(), *self._moved()]
        return [
            Ruled(rule=rules[rule].id, effect=rules[rule].kind, item=ids[self.items[place]], before=before, after=after)
            for rule, place, before, after in sorted(found, key=lambda each: each[:2])
        ]

    def _removed(self) -> Iterator[tuple[int, int, None, None]]:
        """Each removed item under the first rule that removes it."""
        book, marks = self.standing.book, self.marks
        left = self.removed.copy()
        for rule in self.standing.removing:
            for place in np.flatnonzero(book.about(rule, marks) & left).tolist():
                left[place] = False
                yield rule, place, None, None

    def _scored(self) -> Iterator[tuple[int, int, int, int]]:
        """Places by score, before and after all rules."""
        there = np.flatnonzero(self.stayed)
        places = [_ranks(total[there]) for total in (self.before, self.after)]
        book, marks = self.standing.book, self.marks[there]
        for rule in self.standing.scoring:
            for row in np.flatnonzero(book.about(rule, marks)).tolist():
                yield rule, int(there[row]), int(places[0][row]), int(places[1][row])

    def _moved(self) -> Iterator[tuple[int, int, int | None, int | None]]:
        """Places without and with the rules that order: of what is shown, or would have been."""
        if self.arranged is None:
            return
        usual = {place: rank for rank, place in enumerate(self.arranged.usual.tolist(), start=1)}
        shown = {place: rank for rank, place in enumerate(self.arranged.chosen.tolist(), start=1)}
        mover = self.arranged.movers()
        for place in np.flatnonzero(mover >= 0).tolist():
            if place in shown or place in usual:
                yield int(mover[place]), place, usual.get(place), shown.get(place)


def _ranks(total: Floats) -> npt.NDArray[Any]:
    """The place of each score, from 1, the greatest first; equal ones share the best."""
    order = np.sort(-total)
    return np.searchsorted(order, -total, side="left") + 1
