"""What this shopper is after in this visit.

`query` is the part of the words of the last search (its first four) that the item's titles, category and brand have, 0
to 1. `category` is the part of the newest acts that was in the item's category, and `latest` 1 for the category of an
act of just now. All fade with a life of half an hour, so that a new visit begins anew: 0 where nothing happened lately,
or the item has no category. A word seems to be there that is not in about one of a hundred cases (the item's words are
kept as a Bloom filter of 256 bits). Source: short-term interest beside long-term (Jannach, Lerche and Jugovac 2015,
"Adaptation and Evaluation of Recommendations for Short-term Shopping Goals").
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.domain.words import BLOCKS, MOST
from lingxi.features._affinity import gathered, picked
from lingxi.features._compiled import compiled
from lingxi.features._feature import HOUR, NEVER, Arrays, Column, Feature, Floats, Rows

SEARCH: Final = KIND_CODE["search"]
LIFE: Final = HOUR / 2.0
WANTING: Final = ("view", "click", "add_to_cart", "purchase", "like")
WEIGHTS: Final = np.array([float(kind in WANTING) for kind in KINDS])
ALIKE: Final = 1.0
"""Acts in no category that a visit is taken to have beside its own."""


@compiled
def update(columns: Any, row: int, item: int, at: int, tie: int, kind: int, query: int) -> None:  # pragma: no cover
    searched, ties, words = columns
    if kind == SEARCH and query != 0 and (at > searched[row] or (at == searched[row] and tie > ties[row])):
        searched[row] = at
        ties[row] = tie
        words[row] = query


@compiled
def fold(columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, query: Any) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], query[i])


@compiled
def _matched(query: int, fade: float, blocks: Any, items: Any) -> Any:  # pragma: no cover
    """The part of the query's words that each item's signature has, times `fade`, float32[items]."""
    values = np.zeros(len(items), np.float32)
    count = 0
    for place in range(MOST):
        count += ((query >> 16 * place) & 65_535) != 0
    for i in range(len(items)):
        found = 0
        for place in range(count):
            word = (query >> 16 * place) & 65_535
            low, high = word & 255, word >> 8
            there = (blocks[low >> 6][items[i]] >> (low & 63)) & (blocks[high >> 6][items[i]] >> (high & 63)) & 1
            found += there
        values[i] = fade * found / count
    return values


def query(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How much of the last search is in the item's words."""
    searched, ties, words = columns[3:6]
    if not len(rows):
        return np.zeros(len(items), np.float32)
    # Of a user and a session the later search.
    last = max(rows.tolist(), key=lambda row: (searched[row], ties[row]))
    fade = math.exp(-max(now - int(searched[last]), 0) / LIFE)
    if fade == 0.0 or words[last] == 0:
        return np.zeros(len(items), np.float32)
    values: Floats = _matched(int(words[last]), fade, columns[7 : 7 + BLOCKS], items)
    return values


def category(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The part of the visit's acts in the item's category."""
    found, total = gathered(*columns[:3], columns[6], WEIGHTS, now, LIFE)
    values: Floats = picked(found, 1.0 / (total + ALIKE), columns[6], items)
    return values


def latest(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How lately the visit was in the item's category."""
    values: Floats = _latest(*columns[:3], columns[6], WEIGHTS, items, now)
    return values


@compiled
def _latest(at: Any, item: Any, kind: Any, group: Any, weights: Any, items: Any, now: int) -> Any:  # pragma: no cover
    found, _ = gathered(at, item, kind, group, weights, now, LIFE)
    newest = np.zeros(len(found))
    for i in range(len(item)):
        if item[i] >= 0 and group[item[i]] >= 0 and weights[kind[i]] > 0.0:
            # The list is in order of time: the last of a category is its newest.
            newest[group[item[i]]] = math.exp(-max(now - at[i], 0) / LIFE)
    return picked(newest, 1.0, group, items)


FEATURE = Feature(
    name="intent",
    scope="history",
    columns=(Column("searched", "int64", NEVER), Column("tie", "int64", 0), Column("words", "int64", 0)),
    kinds=("search",),
    numbers=("query",),
    update=update,
    fold=fold,
    reads={"query": query, "category": category, "latest": latest},
    catalog=("category", *(f"words_{place}" for place in range(BLOCKS))),
)
