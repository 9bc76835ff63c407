"""What a net reads of a log: which acts, and what of each beside its item. Each part can be switched off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import IMPRESSION, Interactions, People
from lingxi.domain.rating import codes_of
from lingxi.domain.words import CODES, codes_in
from lingxi.runtimes._kinds import Numbers, Scale
from lingxi.runtimes._people import rows_of as traits_rows
from lingxi.runtimes._words import rows_of

Read = Literal["kind", "query", "rating", "trait"]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
SHOPPERS: Final = 5
"""Shoppers who have a trait at least, for it to be known: a bundle tells of nobody alone."""


class Lines(NamedTuple):
    """Owner i has `row[first[i] : first[i + 1]]`, integers."""

    row: npt.NDArray[np.integer]
    first: npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Reads:
    """What is read of acts, as follows from all of them: `numbers` are what each is to the net, by its kind and rating;
    `codes` int32 the words of queries that are known, `traits` int32 the codes of traits, both rising, none where they
    are not read."""

    numbers: Numbers
    codes: Ints
    traits: Ints

    @classmethod
    def nothing(cls) -> Self:
        """Acts without kinds, words and traits."""
        return cls(Numbers(()), np.empty(0, np.int32), np.empty(0, np.int32))

    @property
    def scale(self) -> Scale | None:
        """The shop's scale; None where ratings are not read, or nothing was rated."""
        return self.numbers.scale

    def names(self) -> Iterator[str]:
        """What names each word and trait that is read."""
        yield from (f"word {code}" for code in self.codes.tolist())
        yield from (f"trait {code}" for code in self.traits.tolist())

    def there(self, acts: Interactions) -> Bools:
        """bool[n]: which acts are read: those on items and, where words are known, searches."""
        return on_items(acts) | searched(acts) if len(self.codes) else on_items(acts)

    def number(self, acts: Interactions) -> Longs:
        """int64[n]: what each act is to the net."""
        number: Longs = self.numbers.table()[acts.kind, codes_of(acts.kind, acts.value)]
        return number

    def knowing(self, codes: Ints) -> Reads:
        """The same and more words of queries, where any are read."""
        return replace(self, codes=np.union1d(self.codes, codes)) if len(self.codes) else self

    def people(self, people: People, shoppers: int) -> Lines | None:
        """The rows of the traits of `shoppers` shoppers among `traits`; None where no trait is read."""
        if not len(self.traits):
            return None
        rows = traits_rows(people.trait, self.traits)
        known = rows >= 0
        return Lines(rows[known], np.searchsorted(people.shopper[known], np.arange(shoppers + 1)))


def on_items(acts: Interactions) -> Bools:
    """bool[n]: what was done with items, by those who can be told from others."""
    done: Bools = (acts.shopper >= 0) & (acts.kind != IMPRESSION) & (acts.item >= 0)
    return done


def searched(acts: Interactions) -> Bools:
    """bool[n]: what was searched for, by those who can be told from others."""
    done: Bools = (acts.shopper >= 0) & (acts.kind != IMPRESSION) & (acts.item < 0) & (acts.query != 0)
    return done


def shared(people: People, acts: Longs) -> Ints:
    """The traits that enough of those have who did something, in rising order; `acts` int64[s]: how much each did."""
    active = np.flatnonzero(acts)
    traits, counts = np.unique(people.trait[np.isin(people.shopper, active)], return_counts=True)
    enough: Ints = traits[counts >= SHOPPERS]
    return enough


def words_of(past: Interactions, size: int) -> Ints:
    """The codes of the words that two shoppers searched for at least, in rising order; `size` acts are read at once."""
    # Of each word the first and the last shopper by number: what two searched for has two.
    low, high = np.full(CODES + 1, np.iinfo(np.int32).max, np.int32), np.full(CODES + 1, -1, np.int32)
    for part in past.parts(size):
        chosen = searched(part)
        words = codes_in(part.query[chosen])
        who = np.broadcast_to(part.shopper[chosen][:, None], words.shape)
        np.minimum.at(low, words, who)
        np.maximum.at(high, words, who)
    known: Ints = np.flatnonzero(low < high).astype(np.int32)
    return known[known > 0]


class Queries(NamedTuple):
    """What was searched for in each of n acts, `query` int64[n], 0 for nothing; `row` int32 is that of each word's code
    (`runtimes._words.rows_of_codes`)."""

    query: Longs
    row: Ints

    def words(self, order: npt.NDArray[np.intp], start: npt.NDArray[np.intp]) -> Lines:
        """The words of each moment; a moment's acts are those from its place in `start` on, in this `order`."""
        query = self.query[order]
        asked = np.flatnonzero(query)
        rows = rows_of(query[asked], self.row)
        count = np.zeros(len(query), dtype=np.int64)
        count[asked] = (rows >= 0).sum(axis=1)
        return Lines(rows[rows >= 0], np.append(0, np.cumsum(count))[np.append(start, len(query))])
