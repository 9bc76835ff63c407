"""What a net reads of a log: which acts, and what of each beside its item. Each part can be switched off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import IMPRESSION, Interactions
from lingxi.domain.rating import codes_of
from lingxi.domain.words import CODES, codes_in
from lingxi.runtimes._kinds import Numbers, Scale
from lingxi.runtimes._people import rows_of as traits_rows
from lingxi.runtimes._words import rows_of, rows_of_codes

Read = Literal["kind", "query", "rating", "trait"]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
SEARCHERS: Final = 2
"""Shoppers who searched for a word at least, for it to be known."""
SHOPPERS: Final = 5
"""Shoppers who have a trait at least, for it to be known: a bundle tells of nobody alone."""


class Lines(NamedTuple):
    """Owner i has `row[first[i] : first[i + 1]]`, int64."""

    row: Longs
    first: Longs


@dataclass(frozen=True, slots=True)
class Reads:
    """The acts of shoppers that are read, n of them; `number` int64[n] is what each is to the net, by `numbers`. With a
    `scale` ratings are told apart. `codes` int32 are the words of queries that are known, `traits` int32 the codes of
    traits, both rising, none where they are not read."""

    acts: Interactions
    numbers: Numbers
    number: Longs
    scale: Scale | None
    codes: Ints
    traits: Ints

    def words(self) -> Longs | None:
        """The rows of each act's words among `codes`, int64[n, words], −1 for none; None where no word is read."""
        if not len(self.codes):
            return None
        return rows_of(np.where(self.acts.item < 0, self.acts.query, 0), rows_of_codes(self.codes))

    def people(self) -> Lines | None:
        """The rows of each shopper's traits among `traits`; None where no trait is read."""
        if not len(self.traits):
            return None
        people = self.acts.people
        rows = traits_rows(people.trait, self.traits)
        known = rows >= 0
        shoppers = int(self.acts.shopper.max(initial=-1)) + 1
        return Lines(rows[known], np.searchsorted(people.shopper[known], np.arange(shoppers + 1)))


def reads_of(past: Interactions, reads: Collection[Read]) -> Reads:
    """The acts on items and, where queries are read, searches, of those who can be told from others."""
    done = (past.shopper >= 0) & (past.kind != IMPRESSION)
    searched = done & (past.item < 0) & (past.query != 0) & ("query" in reads)
    codes = _known(past.query[searched], past.shopper[searched])
    read = done & (past.item >= 0)
    acts = past.where(read | searched if len(codes) else read)
    scale = Scale.of(acts) if "rating" in reads else None
    numbers = Numbers.met(acts.kind, scale, told_apart="kind" in reads)
    number = numbers.table()[acts.kind, codes_of(acts.kind, acts.value)]
    traits = _shared(acts) if "trait" in reads else np.empty(0, np.int32)
    return Reads(acts, numbers, number, scale, codes, traits)


def _shared(acts: Interactions) -> Ints:
    """The traits that enough of those who act have, in rising order."""
    there = np.isin(acts.people.shopper, acts.shopper)
    traits, counts = np.unique(acts.people.trait[there], return_counts=True)
    shared: Ints = traits[counts >= SHOPPERS]
    return shared


def _known(queries: Longs, shoppers: Ints) -> Ints:
    """The codes of the words that enough shoppers searched for, in rising order."""
    words = codes_in(queries)
    whose = np.unique((shoppers.astype(np.int64)[:, None] << 16 | words)[words > 0])
    codes, counts = np.unique(whose & CODES, return_counts=True)
    known: Ints = codes[counts >= SEARCHERS].astype(np.int32)
    return known
