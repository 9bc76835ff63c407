"""What items share, as parts of their vectors: category, brand, price, the words of their titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Literal

import numpy as np
import numpy.typing as npt
from torch import nn

from lingxi.domain.history import Goods, Longs
from lingxi.domain.words import words_of
from lingxi.nn.items import Shared, Words

Kind = Literal["category", "brand", "price", "words"]
PRICES = 16
"""Bands of equally many items."""
COMMON = 0.5
"""A word of more of the items than this says nothing."""
WORDS = 50_000


def parts_of(goods: Goods, known: npt.NDArray[np.intp], kinds: Collection[Kind], width: int) -> list[nn.Module]:
    """The parts that `kinds` name, of the items `known`; one that no item has, or all have alike, is left out."""
    made: list[nn.Module] = []
    for kind, value, size in _values(goods, known):
        if kind in kinds and len(np.unique(value)) > 1:
            made.append(Shared(value, size, width))
    if "words" in kinds:
        word, first, size = _words([goods.titles[number] for number in known])
        if size:
            made.append(Words(word, first, size, width))
    return made


def _values(goods: Goods, known: npt.NDArray[np.intp]) -> Iterator[tuple[Kind, npt.NDArray[np.integer], int]]:
    yield "category", goods.category[known], len(goods.categories)
    yield "brand", goods.brand[known], len(goods.brands)
    yield "price", _bands(goods.price[known]), PRICES


def _bands(price: npt.NDArray[np.float32]) -> Longs:
    """int64: the band of each price, −1 where none is known."""
    told = np.isfinite(price)
    if not told.any():
        return np.full(len(price), -1, dtype=np.int64)
    edges = np.quantile(price[told], np.linspace(0, 1, PRICES + 1)[1:-1])
    return np.where(told, np.searchsorted(edges, np.where(told, price, 0.0), side="right"), -1).astype(np.int64)


def _words(titles: list[str]) -> tuple[Longs, Longs, int]:
    """The words of each title as numbers, one title after the other; where each begins; how many words there are.

    A word of one title alone is that item's own vector once more, and one of nearly all of them is none's.
    """
    texts = [list(dict.fromkeys(words_of(title))) for title in titles]
    met = Counter(chain.from_iterable(texts))
    most = max(2, int(COMMON * len(titles)))
    kept = sorted((word for word, count in met.items() if 2 <= count <= most), key=lambda word: (-met[word], word))
    number = {word: place for place, word in enumerate(kept[:WORDS])}
    lists = [[number[word] for word in text if word in number] for text in texts]
    first = np.append(0, np.cumsum([len(each) for each in lists])).astype(np.int64)
    return np.array(list(chain.from_iterable(lists)), dtype=np.int64), first, len(number)
