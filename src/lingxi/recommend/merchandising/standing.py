"""The merchant rules that hold for one request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.merchandising import RuleSet
from lingxi.recommend._kernels import rows_at
from lingxi.recommend.merchandising._kernels import marked
from lingxi.recommend.merchandising.audience import traits_of
from lingxi.recommend.merchandising.book import Book, Words
from lingxi.recommend.parts import Bools, Floats, Ints

if TYPE_CHECKING:
    from lingxi.recommend.moment import Moment

FILTER: Final = "merchant"
NONE: Final[frozenset[int]] = frozenset()
Places = npt.NDArray[np.intp]
NO_PLACES: Places = np.empty(0, dtype=np.intp)
SOFT: Final = frozenset({"fatigue", "just_bought"})
"""Filters that are the shop's own caution: what it pins passes them."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Rules by their places in `book`, those of each stage in their order. `removes` and `insists` uint64[words] are
    the bits of those that remove, and of those whose items pass the soft filters; None where there are none."""

    book: Book
    removing: tuple[int, ...]
    bringing: tuple[int, ...]
    scoring: tuple[int, ...]
    ordering: tuple[int, ...]
    removes: Words | None
    insists: Words | None

    def marks(self, items: Ints) -> Words:
        """The bits of each item, uint64[k, words]."""
        marks: Words = rows_at(self.book.marks, items)
        return marks

    def keep(self, items: Ints) -> Bools | None:
        """Which items no rule removes, bool[k]; None where none does."""
        return None if self.removes is None else marked(self.book.marks, items, self.removes, False)

    def insisted(self, items: Ints, among: Bools) -> Places:
        """The places of those `among` bool[k] the items that pass the soft filters."""
        if self.insists is None or not among.any():
            return NO_PLACES
        return np.flatnonzero(among & marked(self.book.marks, items, self.insists, True))

    def scored(self, items: Ints, total: Floats) -> Floats:
        """The scores as the rules change them, one after the other: a copy, float32[k]."""
        total, book = total.copy(), self.book
        for place in self.scoring:
            book.effects[place].score(book.rules[place].effect, total, book.members(place, items))
        return total


def standing_of(moment: Moment, rules: RuleSet) -> Standing | None:
    """What holds of the rules for this request; None where nothing does."""
    scene = moment.scene
    book = scene.memory.one("merchant rules", rules, lambda: Book(rules, scene.timezone))
    book.refresh(moment.state)
    timely, asking = book.timely(moment.query.surface, scene.local)
    if not timely:
        return None
    outside = _outside(book, asking, moment) if asking else NONE
    return book.once((timely, outside), lambda: _standing(book, timely, outside))


def _outside(book: Book, asking: tuple[int, ...], moment: Moment) -> frozenset[int]:
    """Those of the rules that do not mean this shopper."""
    traits = traits_of(moment)
    asked = ((place, book.audiences[place]) for place in asking)
    return frozenset(place for place, audience in asked if audience and not audience.has(moment.query, traits))


def _standing(book: Book, timely: tuple[int, ...], outside: frozenset[int]) -> Standing | None:
    effects = book.effects
    removing = tuple(place for place in timely if effects[place].removes(meant=place not in outside))
    meant = [place for place in timely if place not in outside]
    found = Standing(
        book,
        removing,
        bringing=tuple(place for place in meant if effects[place].brings(book.rules[place].effect)),
        scoring=tuple(place for place in meant if effects[place].scores),
        ordering=tuple(place for place in meant if effects[place].orders),
        removes=_bits(book, removing),
        insists=_bits(book, [place for place in meant if effects[place].insists]),
    )
    return found if removing or found.bringing or found.scoring or found.ordering else None


def _bits(book: Book, places: Iterable[int]) -> Words | None:
    mask = book.mask(places)
    return mask if mask.any() else None
