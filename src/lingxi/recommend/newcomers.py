"""Items that were posted after the model learnt: each gets the vector of the learnt items that are most like it, and is
found from then on."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.recommend.memory import LASTING
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints

AT_ONCE: Final = 256
"""Items that one slate takes in: of a large import the next slates take in the rest."""
KIN: Final = 8
"""Learnt items whose mean a new one begins as."""
LOOKED_AT: Final = 4_096
"""Newest learnt items of a category among which they are sought."""
WORDS: Final = ("words_0", "words_1", "words_2", "words_3")
MIXED: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(31))


def admit(moment: Moment, encoder: Any) -> None:
    """Puts into the encoder what the shop posted, or changed, since it was asked last.

    A vector that the bundle has for an id is taken; else the mean of the KIN items of the category that share the most
    words with the new one, at the bias of what is met least. An item without a category that the model knows waits for
    the next training.
    """
    items = moment.state.items
    if encoder.seen == items.posts:
        return
    late = np.arange(encoder.learnt, len(items.ids), dtype=np.int32)
    told = _told(items, late)
    if len(told) > len(encoder.told):
        encoder.told = np.append(encoder.told, np.zeros(len(told) - len(encoder.told), dtype=np.uint64))
    waiting = late[(told != encoder.told[: len(told)]) & items.column("posted")[late]]
    taken = waiting[:AT_ONCE]
    made = {int(item): vector for item in taken if (vector := _vector(moment, encoder, int(item))) is not None}
    if made:
        numbers = np.array(list(made), dtype=np.int32)
        bias = np.array([_bias(encoder, items.ids[item]) for item in made], dtype=np.float32)
        encoder.near.put(numbers, np.stack(list(made.values())), bias)
    encoder.told[taken - encoder.learnt] = told[taken - encoder.learnt]
    if len(waiting) <= AT_ONCE:
        encoder.seen = items.posts


def _told(items: Any, late: Ints) -> npt.NDArray[np.uint64]:
    """What is told of each item, mixed into a number: another category or title makes another one."""
    mixed: npt.NDArray[np.uint64] = (items.column("category")[late].astype(np.int64) + 2).astype(np.uint64)
    for name in WORDS:
        mixed = (mixed * MIXED[0]) ^ (mixed >> MIXED[1]) ^ items.column(name)[late].astype(np.uint64)
    return mixed


def _vector(moment: Moment, encoder: Any, item: int) -> Floats | None:
    row = encoder.items.absent.get(moment.state.items.ids[item])
    if row is not None:
        vector: Floats = encoder.vectors[row]
        return vector
    kin = _kin(moment, encoder, item)
    if not len(kin):
        return None
    mean: Floats = np.mean([encoder.near.vector(int(each)) for each in kin], axis=0, dtype=np.float32)
    return mean


def _bias(encoder: Any, name: str) -> float:
    row = encoder.items.absent.get(name)
    return encoder.least if row is None else float(encoder.bias[row])


def _kin(moment: Moment, encoder: Any, item: int) -> Ints:
    """The learnt items of its category that share the most words with it, the newest among equals."""
    items = moment.state.items
    category = int(items.column("category")[item])
    if category < 0:
        return np.empty(0, dtype=np.int32)
    bundle = None if moment.bundle is None else moment.bundle.id
    beside = moment.scene.memory.list(
        ("kin", bundle, category), moment.now, lambda: _learnt(items, encoder, category), LASTING
    )
    shared, either = np.zeros(len(beside)), np.ones(len(beside))
    for name in WORDS:
        words = items.column(name)
        own, others = words[item], words[beside]
        shared += np.bitwise_count(others & own)
        either += np.bitwise_count(others | own)
    best: Ints = beside[np.argsort(-shared / either, kind="stable")[:KIN]]
    return best


def _learnt(items: Any, encoder: Any, category: int) -> Ints:
    """Items of the category that the model knows, newest first."""
    inside = np.flatnonzero(items.column("category")[: encoder.learnt] == category).astype(np.int32)
    known: Ints = inside[encoder.near.has(inside)][::-1][:LOOKED_AT]
    return known
