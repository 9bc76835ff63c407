"""What items share, as parts of their vectors: category, brand, price, the words of their titles, what texts mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from torch import nn

from lingxi.domain.history import Floats, Goods, Longs
from lingxi.domain.words import CODES, code_of, words_of
from lingxi.nn.items import Meaning, Shared, Words

Codes = npt.NDArray[np.int32]
Kind = Literal["category", "brand", "price", "words", "text"]
Numbers = npt.NDArray[np.intp]
PRICES = 16
"""Bands of equally many items."""
COMMON = 0.5
"""A word of more of the items than this says nothing."""
WORDS = 50_000
MEANING: Final = 256
"""Numbers that are kept of a text's vector, at most."""
SHARING: Final = 2
"""Items that have a word at least, for it to be told by them."""
TELL: Final = 8
"""Items that it takes to tell one of them: with as many numbers as items, whitening would make all items unlike."""
FAINT: Final = 1e-6
"""The least variance of a number that is kept, as a share of the greatest."""
ROWS: Final = 65_536
"""Items that are turned at a time."""


def told_by_text(goods: Goods, known: Numbers, kinds: Collection[Kind], most: int) -> Numbers:
    """The numbers of items that are not `known` and have a text that says what they are, the newest `most` of them;
    none where texts are not among the `kinds`."""
    there = _there(goods.text) if "text" in kinds else np.zeros(len(goods), dtype=np.bool_)
    if there[known].sum() <= 1:
        return np.empty(0, dtype=np.intp)
    there[known] = False
    found = np.flatnonzero(there)
    newest = found[np.argsort(-goods.since[found], kind="stable")[: max(most, 0)]]
    return np.sort(newest)


def text_bytes(goods: Goods, kinds: Collection[Kind]) -> int:
    """What the text's vectors take in a fit, at most: turned, and as they were, a share of items at a time."""
    return len(goods) * min(goods.text.shape[1], MEANING) * 8 if "text" in kinds else 0


def parts_of(goods: Goods, items: Numbers, met: int, kinds: Collection[Kind], width: int) -> list[nn.Module]:
    """The parts that `kinds` name, of these `items`, of which the first `met` are learnt from; one that none of those
    has, or all have alike, is left out."""
    made: list[nn.Module] = []
    for kind, value, size in _values(goods, items, met):
        learnt = np.unique(value[:met])
        if kind in kinds and len(learnt) > 1:
            made.append(Shared(np.where(np.isin(value, learnt), value, -1), size, width))
    if "words" in kinds:
        word, first, size = _words([goods.titles[number] for number in items], met)
        if size:
            made.append(Words(word, first, size, width))
    if "text" in kinds and _there(goods.text)[items[:met]].sum() > 1:
        made.append(Meaning(turned(goods.text, items, met), width))
    return made


def _values(goods: Goods, items: Numbers, met: int) -> Iterator[tuple[Kind, npt.NDArray[np.integer], int]]:
    yield "category", goods.category[items], len(goods.categories)
    yield "brand", goods.brand[items], len(goods.brands)
    yield "price", _bands(goods.price[items], met), PRICES


def _bands(price: npt.NDArray[np.float32], met: int) -> Longs:
    """int64: the band of each price, −1 where none is known."""
    told = np.isfinite(price)
    if not told[:met].any():
        return np.full(len(price), -1, dtype=np.int64)
    edges = np.quantile(price[:met][told[:met]], np.linspace(0, 1, PRICES + 1)[1:-1])
    return np.where(told, np.searchsorted(edges, np.where(told, price, 0.0), side="right"), -1).astype(np.int64)


def _words(titles: list[str], met: int) -> tuple[Longs, Longs, int]:
    """The words of each title as numbers, one title after the other; where each begins; how many words there are.

    A word of one title alone is that item's own vector once more, and one of nearly all of them is none's.
    """
    texts = [list(dict.fromkeys(words_of(title))) for title in titles]
    count = Counter(chain.from_iterable(texts[:met]))
    most = max(2, int(COMMON * met))
    kept = sorted((word for word, times in count.items() if 2 <= times <= most), key=lambda word: (-count[word], word))
    number = {word: place for place, word in enumerate(kept[:WORDS])}
    lists = [[number[word] for word in text if word in number] for text in texts]
    first = np.append(0, np.cumsum([len(each) for each in lists])).astype(np.int64)
    return np.array(list(chain.from_iterable(lists)), dtype=np.int64), first, len(number)


def told_by_titles(titles: Sequence[str], fixed: Floats) -> tuple[Codes, Floats]:
    """The words of items' titles as codes (domain.words), int32 and rising, and what each means, float32[codes, k] of
    length 1: what the items mean that have it, in the mean. `fixed` float32[len(titles), k] is what those mean.

    So a word says something before anybody has searched for it.
    """
    total, count = np.zeros((CODES + 1, fixed.shape[1]), dtype=np.float32), np.zeros(CODES + 1, dtype=np.int64)
    for title, vector in zip(titles, fixed, strict=True):
        if vector.any():
            codes = list({code_of(word) for word in words_of(title)})
            total[codes] += vector
            count[codes] += 1
    found = np.flatnonzero((count >= SHARING) & (count <= max(SHARING, COMMON * len(titles))))
    length = np.linalg.norm(total[found], axis=1, keepdims=True)
    return found.astype(np.int32), total[found] / np.maximum(length, FAINT)


def turned(text: Floats, items: Numbers, met: int) -> Floats:
    """float32[len(items), k]: texts' vectors whitened, their first k principal numbers, of length 1; 0 for no text.

    Vectors of an encoder lie in a narrow cone, which hides what tells one item from another (WhitenRec, Zhang et al.
    2024). The axes are those of the first `met` items.
    """
    centre, axes = _axes(text, items[:met])
    found = np.zeros((len(items), axes.shape[1]), dtype=np.float32)
    for start in range(0, len(items), ROWS):
        rows = np.asarray(text[items[start : start + ROWS]], dtype=np.float32)
        turn = (rows - centre) @ axes
        length = np.linalg.norm(turn, axis=1, keepdims=True)
        found[start : start + ROWS] = np.where(_there(rows)[:, None], turn / np.maximum(length, FAINT), 0.0)
    return found


def _axes(text: Floats, items: Numbers) -> tuple[Floats, Floats]:
    """The mean float32[w] of the items' vectors and what whitens them, float32[w, k]."""
    total, square, size = np.zeros(text.shape[1]), np.zeros((text.shape[1],) * 2), 0
    for start in range(0, len(items), ROWS):
        rows = np.asarray(text[items[start : start + ROWS]], dtype=np.float32)
        rows = rows[_there(rows)]
        total, square, size = total + rows.sum(axis=0), square + rows.T @ rows, size + len(rows)
    centre = total / size
    spread, axes = np.linalg.eigh(square / size - np.outer(centre, centre))
    most = min(MEANING, max(1, size // TELL))
    spread, axes = spread[::-1][:most], axes[:, ::-1][:, :most]
    kept = spread > FAINT * max(spread[0], FAINT)
    return centre.astype(np.float32), (axes[:, kept] / np.sqrt(spread[kept])).astype(np.float32)


def _there(vectors: Floats) -> npt.NDArray[np.bool_]:
    """Which of them are of a text: those that are not 0."""
    there: npt.NDArray[np.bool_] = np.asarray(vectors.any(axis=1))
    return there
