"""An encoder of histories in ONNX Runtime: the newest acts become a vector, its product with the items scores them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from msgspec import convert

from lingxi.domain.bundle import Component
from lingxi.domain.event import KINDS
from lingxi.domain.history import History
from lingxi.nearest.allowed import Allowed
from lingxi.nearest.items import Items
from lingxi.nearest.plan import EXACT, Plan
from lingxi.nearest.vectors import Lifted, fingerprint, sound
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._kinds import numbers_of
from lingxi.runtimes._moments import named_of, pool_moments, pool_without
from lingxi.runtimes._onnx import session
from lingxi.runtimes._people import Person, Traits
from lingxi.runtimes._things import newest_things
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary
from lingxi.runtimes._words import Words

if TYPE_CHECKING:
    from lingxi.nearest.index import Index

NET = "encoder.onnx"
ACTS = 64
"""Acts looked at, at most, for one moment."""
NAMED = 5
"""Items that a warning names."""
ONCE = History(np.zeros(1, np.int64), np.zeros(1, np.int32), np.zeros(1, np.int8))
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Encoder:
    """`vectors` float32[rows + 1, d]: what an item is as an input and as a target; the last row stands for an item that
    is not known; `bias` float32[rows] is added to each item's product. `near` are the items that it answers with: what
    it has learnt, and what was posted since. The shop had `learnt` items when it learnt. `named` int64[kinds, codes]
    is the number that the net has for an act by its kind and its rating (`_kinds.Numbers.table`), `words` are those of
    queries that it reads, `traits` those of shoppers. Only the newest `length` moments are read.

    Nothing of it changes but `near`: by what is put into it, and when its index is built anew. Who puts keeps in `seen`
    and `told` how far it is; `least` is the bias of what was met least.
    """

    net: Any
    items: Vocabulary
    vectors: Floats
    bias: Floats
    near: Items
    learnt: int
    named: npt.NDArray[np.int64]
    words: Words
    traits: Traits
    length: int
    least: float
    seen: int = -1
    told: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    def encode(self, history: History, now: int) -> Floats:
        """The history at `now` as a vector float32[d]; an empty one has one too."""
        person = self.traits.of(history.traits)
        read, kinds, ages = self._moments(history, person, now)
        if not len(kinds):
            nothing: Floats = self.encode_many([history], now)[0]
            return nothing
        real = np.ones((1, len(kinds)), np.float32)
        fed = {"vectors": read[None], "kind": kinds[None], "age": ages[None], "real": real}
        vector: Floats = self.net.run(None, fed)[0][0]
        return vector if person is None else vector + person.asked

    def encode_many(self, histories: Sequence[History], now: int) -> Floats:
        """float32[len(histories), d] in one run: what a history is without each of its acts costs one batch."""
        people = [self.traits.of(each.traits) for each in histories]
        moments = [self._moments(each, person, now) for each, person in zip(histories, people, strict=True)]
        longest = max(1, *(len(each[1]) for each in moments))
        shape = (len(histories), longest)
        vectors = np.zeros((*shape, self.vectors.shape[1]), dtype=np.float32)
        kinds = np.zeros(shape, dtype=np.int64)
        ages = np.zeros(shape, dtype=np.float32)
        real = np.zeros(shape, dtype=np.float32)
        for place, (vector, kind, age) in enumerate(moments):
            size = len(kind)
            if size:
                vectors[place, -size:], kinds[place, -size:], ages[place, -size:] = vector, kind, age
                real[place, -size:] = 1.0
        result: Floats = self.net.run(None, {"vectors": vectors, "kind": kinds, "age": ages, "real": real})[0]
        for place, person in enumerate(people):
            if person is not None:
                result[place] += person.asked
        return result

    def without(
        self, history: History, now: int, strength: npt.NDArray[np.int64], most: int, length: int
    ) -> tuple[Ints, npt.NDArray[np.int64], Floats]:
        """The newest `most` things that the shopper acted on (items, and the place of an act on each, as
        `_things.newest_things` has them), and float32[1 + t, d], in one run: the newest `length` moments as a vector,
        then what they are without all acts on each thing.

        All are of one length, but for moments that are gone with a thing: no older ones take their place, so that
        nothing else is compared than with and without it.
        """
        things, last, thing = newest_things(history, strength, most, searched=len(self.words.row) > 0)
        length = min(length, self.length)
        newest = slice(-ACTS * length, None)
        shape = (1 + len(things), length)
        pooled = np.empty((*shape, self.vectors.shape[1]), np.float32)
        kinds, ages, real = np.empty(shape, np.int64), np.empty(shape, np.float32), np.empty(shape, np.float32)
        known = (self.items.row, self.vectors, self.words.row, self.words.vectors)
        size = pool_without(*self._acts(history, newest), now, *known, thing[newest], pooled, kinds, ages, real)
        person = self.traits.of(history.traits)
        if person is not None:
            pooled += person.read * real[:, :, None]
        start = length - max(size, 1)
        fed = {"vectors": pooled[:, start:], "kind": kinds[:, start:], "age": ages[:, start:], "real": real[:, start:]}
        vectors: Floats = self.net.run(None, fed)[0]
        return things, last, vectors if person is None else vectors + person.asked

    def products(self, vectors: Floats, items: Ints) -> Floats:
        """The product of each of `vectors` float32[b, d] with each of these items, float32[b, len(items)]; 0 for one
        that is not known."""
        return self.near.products(vectors, items)

    def knows(self, traits: Ints) -> bool:
        """Whether it reads one of these traits: then it has an answer before the first act."""
        return self.traits.of(traits) is not None

    def _moments(
        self, history: History, person: Person | None, now: int
    ) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
        """The newest moments: what happened at one time in one way is one, the sum of its items over the root of their
        number. Acts without an item are passed over, but for queries where their words are read. What is
        known of the `person` is added to each."""
        vectors = np.empty((self.length, self.vectors.shape[1]), np.float32)
        kinds, ages = np.empty(self.length, np.int64), np.empty(self.length, np.float32)
        known = (self.items.row, self.vectors, self.words.row, self.words.vectors)
        acts = self._acts(history, slice(-ACTS * self.length, None))
        size = pool_moments(*acts, now, *known, vectors, kinds, ages)
        start = self.length - size
        if person is not None:
            vectors[start:] += person.read
        return vectors[start:], kinds[start:], ages[start:]

    def _acts(self, history: History, part: slice) -> tuple[Any, ...]:
        """The times, items, numbers (by kind and rating) and queries of a part of the acts."""
        named = named_of(self.named, history.kind[part], history.rated[part])
        return history.at[part], history.item[part], named, history.query[part]

    def top(self, vector: Floats, n: int, allowed: Allowed | None = None) -> tuple[Ints, Floats]:
        """The best `n` items for `vector` as (int32[k], float32[k]), among the allowed ones."""
        return self.near.top(vector, n, allowed)

    def score_vector(self, vector: Floats, items: Ints) -> Floats:
        """The score of each of these items for `vector`, float32[len(items)]; −inf for one that is not known."""
        return self.near.scores(vector, items)

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items for who has this history at `now`."""
        return self.top(self.encode(history, now), n)

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """The score of each of these items, −inf for one that is not known."""
        return self.score_vector(self.encode(history, now), items)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Encoder:
    """The encoder in `folder / component.folder`, on one thread; settings: `length`, `kinds` and, where they are read,
    `ratings` (`_kinds.numbers_of`), `queries` and `traits`; `index` (`nearest.plan.Plan`) where there is one, and
    `items`: how many the shop had.

    It answers once, so that no request waits for what is made at the first answer.

    Raises:
        Incompatible: a file is missing or broken.
    """
    home = folder / component.folder
    vectors, bias = read_arrays(home, "vectors", "bias")
    settings = component.settings
    named = numbers_of(settings["kinds"], settings.get("ratings")).table()
    words = Words.of(*read_arrays(home, "words", "word_vectors")) if settings.get("queries") else None
    traits = Traits(*read_arrays(home, "traits", "traits_read", "traits_asked")) if settings.get("traits") else None
    items = read_vocabulary(home, ids)
    near = Items(vectors[:-1], bias, items.number, _index(home, settings, vectors[:-1], bias, items.number))
    if len(near.refused):
        names = {number: name for name, number in ids.items()}
        refused = ", ".join(names[number] for number in near.refused[:NAMED].tolist())
        _logger.warning(
            "%d items have no finite vector and are not proposed by %s: %s", len(near.refused), home, refused
        )
        vectors = _readable(vectors, items.number, near.refused)
    told = words or Words.none(vectors.shape[1]), traits or Traits.none(vectors.shape[1])
    learnt = int(settings.get("items", len(ids)))
    length = int(settings["length"])
    least = float(np.sort(bias[np.isfinite(bias)])[: max(1, len(bias) // 10)].mean()) if len(bias) else 0.0
    encoder = Encoder(session(home / NET, "encoder"), items, vectors, bias, near, learnt, named, *told, length, least)
    encoder.propose(ONCE, 0, 1)
    near.warm()
    encoder.products(encoder.without(ONCE, 0, np.ones(len(KINDS), np.int64), 1, 1)[2], ONCE.item)
    return encoder


def _readable(vectors: Floats, number: npt.NDArray[Any], refused: Ints) -> Floats:
    """What histories are read by: acts on items that were `refused` are as those on one that is not known."""
    readable = vectors.copy()
    unknown = vectors[-1] if np.isfinite(vectors[-1]).all() else np.zeros_like(vectors[-1])
    readable[-1] = unknown
    readable[:-1][np.isin(number, refused)] = unknown
    return readable


def _index(home: Path, settings: Mapping[str, Any], vectors: Floats, bias: Floats, number: Ints) -> Index | None:
    """The index that the manifest tells of; None where all items are compared.

    Raises:
        Incompatible: it is broken, or of other vectors.
    """
    plan = convert(settings.get("index", {"kind": EXACT}), Plan)
    if plan.kind == EXACT:
        return None
    from lingxi.nearest.index import Index, read_index  # faiss is loaded where there is an index

    index = read_index(home, plan, fingerprint(vectors, bias))
    return Index(plan, index, Lifted(vectors.shape[1], bias, sound(vectors, bias)), number)
