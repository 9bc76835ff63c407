"""The items of a shop as they stand now: what a model has learnt, what was posted since, what is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import structs

from lingxi.nearest.allowed import Allowed
from lingxi.nearest.top import (
    nearest_allowed,
    nearest_here,
    nearest_of,
    nearest_ways,
    products_at,
    products_each,
    reals_at,
    values_at,
)
from lingxi.nearest.vectors import sound

if TYPE_CHECKING:
    from lingxi.nearest.index import Index

FEW: Final = 0.02
"""The share of allowed items up to which each of them is looked at, and nothing else."""
AT_ONCE: Final = 50_000
"""The same for so many of them, up to a twentieth: an index would have to look as far."""
SOON: Final = 20_000
"""The same for so many, up to a quarter: they are compared before an index has looked into its cells."""
DUE: Final = 0.05
"""The share of changed rows from which on the index is built anew."""
ROOM: Final = 256
WIDER: Final = 3
"""So many times more are looked at by their product than are wanted by their cosine."""
KEPT: Final = 50_000
"""Up to so many rows are looked at without letting other threads have the interpreter: to get it back takes longer."""
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class Items:
    """`vectors` float32[rows, d] with `bias` float32[rows] and the shop's `number` of each row (−1: it has no such
    item) are the main part, which does not change; `index` finds rows of it. Items that are put later lie in a delta
    that is looked at whole; a row whose item is gone, or was put anew, gets the number −1: its tombstone.

    `put`, `remove` and `adopt` belong to the thread that owns the shop's state; another may search meanwhile.
    """

    def __init__(self, vectors: Floats, bias: Floats, number: npt.NDArray[Any], index: Index | None = None) -> None:
        self.vectors, self.bias, self.index = vectors, bias, index
        kept = sound(vectors, bias)
        self.refused = np.asarray(number)[~kept & (number >= 0)].astype(np.int32)
        told = np.where(kept, number, -1).astype(np.int64)
        self.number: Longs = told if index is None else index.number
        self.number[:] = told
        self.place: Ints = np.full(int(told.max(initial=-1)) + 1, -1, dtype=np.int32)
        there = np.flatnonzero(told >= 0)
        self.place[told[there]] = there
        self.live = len(there)
        self.gone = 0
        self.fresh = Delta(vectors.shape[1])
        self._touched: set[int] | None = None
        self._all: Allowed | None = None
        self._none: Floats | None = None
        self._long: Floats | None = None

    def __len__(self) -> int:
        return self.live

    @property
    def due(self) -> bool:
        """Whether so much has changed that the index should be built anew."""
        return self.index is not None and self.gone + self.fresh.count > DUE * max(len(self.vectors), 1)

    def has(self, items: Ints) -> Bools:
        """Which of them can be found, bool[len(items)]."""
        return np.asarray(self._places(items) != -1)

    def vector(self, item: int) -> Floats | None:
        """An item's vector float32[d]; None for one that is not here."""
        place = int(self.place[item]) if 0 <= item < len(self.place) else -1
        if place == -1:
            return None
        found: Floats = self.vectors[place] if place >= 0 else self.fresh.vectors[-2 - place]
        return found

    def put(self, items: Ints, vectors: Floats, bias: Floats) -> Ints:
        """Takes new items, and new vectors of known ones: the next search finds them. Those whose vector or bias is not
        finite are refused, and returned."""
        kept = sound(vectors, bias)
        if (size := int(items.max(initial=-1)) + 1) > len(self.place):
            more = np.full(size + size // 4 + ROOM - len(self.place), -1, dtype=np.int32)
            self.place = np.append(self.place, more)
        self.remove(items[kept])
        start = self.fresh.append(items[kept], vectors[kept], bias[kept])
        self.place[items[kept]] = -2 - np.arange(start, self.fresh.count, dtype=np.int32)
        self.live += int(kept.sum())
        if self._touched is not None:
            self._touched.update(items[kept].tolist())
        return items[~kept]

    def remove(self, items: Ints) -> None:
        """Lets items go: the next search does not find them."""
        for item in items.tolist():
            place = int(self.place[item]) if 0 <= item < len(self.place) else -1
            if place == -1:
                continue
            self.place[item] = -1
            self.live -= 1
            if self._touched is not None:
                self._touched.add(item)
            if place >= 0:
                self.gone += 1
                if self.index is None:
                    self.number[place] = -1
                else:
                    self.index.drop(place)
            else:
                self.fresh.number[-2 - place] = -1

    def top(
        self, vector: Floats, n: int, allowed: Allowed | None = None, *, biased: bool = True
    ) -> tuple[Ints, Floats]:
        """The best `n` for `vector` float32[d] among the allowed as (int32[k], float32[k]), best first: products, with
        their bias unless told otherwise, which are exact even where the rows were found by an index."""
        allowed = self._every() if allowed is None else allowed
        rows, scores = self._main(vector, n, allowed, biased=biased)
        found, scores = _there(self.number[rows], scores)
        fresh = self.fresh
        if not fresh.count:
            return found, scores
        vectors, bias = fresh.arrays()
        bias = bias if biased else np.zeros_like(bias)
        place, late = nearest_allowed(vectors, bias, vector, fresh.number[: len(bias)], allowed.mask, n)
        newer, late = _there(fresh.number[place], late)
        items, every = np.append(found, newer), np.append(scores, late)
        best = np.argsort(-every, kind="stable")[:n]
        return items[best], every[best]

    def like(self, item: int, n: int, allowed: Allowed | None = None) -> tuple[Ints, Floats]:
        """The `n` items most like this one by the cosine of their vectors, without itself, as (int32[k], float32[k]);
        none for one that is not here. They are looked for among the greatest products."""
        vector = self.vector(item)
        if vector is None:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        items, products = self.top(vector, WIDER * n + 1, allowed, biased=False)
        found: tuple[Ints, Floats] = nearest_ways(items, products, self._lengths(items), item, vector, n)
        return found

    def scores(self, vector: Floats, items: Ints) -> Floats:
        """The score of each of these items, float32[len(items)]; −inf for one that is not here."""
        places = self._places(items)
        scores: Floats = products_at(self.vectors, self.bias, vector, places)
        late = np.flatnonzero(places < -1)
        if len(late):
            fresh, bias = self.fresh.arrays()
            scores[late] = products_at(fresh, bias, vector, -2 - places[late])
        return scores

    def products(self, vectors: Floats, items: Ints) -> Floats:
        """The product of each of `vectors` float32[b, d] with each of these items, float32[b, len(items)], without a
        bias; 0 for one that is not here."""
        places = self._places(items)
        products: Floats = products_each(self.vectors, vectors, places)
        late = np.flatnonzero(places < -1)
        if len(late):
            products[:, late] = products_each(self.fresh.arrays()[0], vectors, -2 - places[late])
        return products

    def taken(self, items: Ints) -> Floats:
        """The vector of each of these items, float32[len(items), d]; 0 of one that is not here."""
        places = self._places(items)
        taken: Floats = self.vectors.take(places, axis=0, mode="wrap")
        taken[places < 0] = 0.0
        late = np.flatnonzero(places < -1)
        if len(late):
            taken[late] = self.fresh.vectors[-2 - places[late]]
        return taken

    def warm(self) -> None:
        """Answers in each of the ways that there are, so that no request waits for what is compiled at its first."""
        nothing, nobody = np.zeros(self.vectors.shape[1], dtype=np.float32), np.empty(0, dtype=np.int32)
        mask = np.ones(1, dtype=np.bool_)
        nearest_of(self.vectors, self.bias, nothing, nobody, self.number, mask, 1)
        nearest_allowed(*self.fresh.arrays(), nothing, self.fresh.number, mask, 1)
        nearest_here(self.vectors, self.bias, nothing, self.number, mask, 1)
        self.scores(nothing, nobody)
        nearest_ways(nobody, nothing[:0], self._lengths(nobody), 0, nothing, 1)

    def rebuilding(self, seed: int = 0) -> Callable[[], Items]:
        """What makes the same items as one main part with an index of the same kind, without delta and tombstones. It
        takes long and any thread may do it; what is put and removed meanwhile `adopt` takes over."""
        self._touched = set()
        fresh, bias = self.fresh.arrays()
        number, late = self.number.copy(), self.fresh.number[: len(bias)].copy()

        def make() -> Items:
            old, new = np.flatnonzero(number >= 0), np.flatnonzero(late >= 0)
            vectors = np.concatenate([self.vectors[old], fresh[new]])
            biases = np.concatenate([self.bias[old], bias[new]])
            index = None if self.index is None else _like(self.index, vectors, biases, seed)
            return Items(vectors, biases, np.concatenate([number[old], late[new]]), index)

        return make

    def adopt(self, before: Items) -> Items:
        """Takes in what `before`, which this was rebuilt from, was told since; returns itself."""
        items = np.array(sorted(before._touched or ()), dtype=np.int32)
        there = before.has(items)
        self.remove(items[~there])
        late = [vector for item in items[there].tolist() if (vector := before.vector(item)) is not None]
        if late:
            bias = before.scores(np.zeros(self.vectors.shape[1], dtype=np.float32), items[there])
            self.put(items[there], np.stack(late), bias)
        return self

    def _main(self, vector: Floats, n: int, allowed: Allowed, *, biased: bool) -> tuple[Longs, Floats]:
        found: tuple[Longs, Floats]
        bias = self.bias if biased else self._flat()
        if allowed.count <= self._few():
            rows = self._places(allowed.items)
        elif self.index is not None and self.index.pays(allowed.count / len(self.vectors)):
            rows = self.index.rows(vector, n, allowed, biased=biased)
        else:
            look = nearest_here if len(self.vectors) <= KEPT else nearest_allowed
            found = look(self.vectors, bias, vector, self.number, allowed.mask, n)
            return found
        found = nearest_of(self.vectors, bias, vector, rows, self.number, allowed.mask, n)
        return found

    def _lengths(self, items: Ints) -> Floats:
        places = self._places(items)
        lengths: Floats = reals_at(self._every_length(), places)
        late = np.flatnonzero(places < -1)
        if len(late):
            lengths[late] = np.linalg.norm(self.fresh.vectors[-2 - places[late]], axis=1)
        return lengths

    def _every_length(self) -> Floats:
        """Of each row of the main part, float32[rows]; a squared copy of all vectors would be as large as they are."""
        if self._long is None:
            self._long = np.sqrt(np.einsum("ij,ij->i", self.vectors, self.vectors))
        return self._long

    def _few(self) -> float:
        """How many allowed items are looked at one by one."""
        size = len(self.vectors)
        quarter = size // 4
        return quarter if self.index is None else max(FEW * size, min(AT_ONCE, size // 20), min(SOON, quarter))

    def _flat(self) -> Floats:
        if self._none is None:
            self._none = np.zeros(len(self.vectors), dtype=np.float32)
        return self._none

    def _places(self, items: Ints) -> Ints:
        places: Ints = values_at(self.place, items)
        return places

    def _every(self) -> Allowed:
        if self._all is None or len(self._all.mask) != len(self.place):
            self._all = Allowed(np.ones(len(self.place), dtype=np.bool_))
        return self._all


def _there(numbers: Longs, scores: Floats) -> tuple[Ints, Floats]:
    """Those that were not removed while another thread looked for them."""
    kept = numbers >= 0
    if not kept.all():
        numbers, scores = numbers[kept], scores[kept]
    return numbers.astype(np.int32), scores


def _like(before: Index, vectors: Floats, bias: Floats, seed: int) -> Index:
    """An index of the same kind and efforts over other rows."""
    from lingxi.nearest.build import Rows, filled  # faiss is loaded where there is an index

    plan, index = filled(before.plan.kind, Rows.of(vectors, bias), seed)
    most, old = index.kind.most(index.faiss), before.plan
    reached = tuple(structs.replace(each, effort=min(each.effort, most)) for each in old.reached)
    index.plan = structs.replace(plan, reached=reached, recall=old.recall, exact_ms=old.exact_ms)
    return index


class Delta:
    """Rows that were put one after the other; what is read is never moved under who reads it."""

    def __init__(self, width: int) -> None:
        self.vectors: Floats = np.empty((0, width), dtype=np.float32)
        self.bias: Floats = np.empty(0, dtype=np.float32)
        self.number: Longs = np.empty(0, dtype=np.int64)
        self.count = 0

    def append(self, items: Ints, vectors: Floats, bias: Floats) -> int:
        """Adds rows; returns the place of the first."""
        start, end = self.count, self.count + len(items)
        if end > len(self.bias):
            room = 2 * end + ROOM
            self.vectors, self.bias, self.number = (
                _longer(each, room) for each in (self.vectors, self.bias, self.number)
            )
        self.vectors[start:end], self.bias[start:end], self.number[start:end] = vectors, bias, items
        self.count = end
        return start

    def arrays(self) -> tuple[Floats, Floats]:
        """Vectors and biases of the rows in use."""
        count = self.count
        return self.vectors[:count], self.bias[:count]


def _longer(array: Any, room: int) -> Any:
    longer = np.empty((room, *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer
