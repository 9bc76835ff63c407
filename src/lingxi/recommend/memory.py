"""What is remembered between slates."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

import numpy as np

T = TypeVar("T")
SHOPPERS = 16_384
"""Shoppers whose encodings, and what follows from their acts, are remembered: some 15 KB each."""
LISTS = 20_000
"""Lists (neighbours of an item, best sellers of a category) that are remembered."""
FRESH = 5_000_000
"""How long a list that everyone's acts change may be remembered, in µs."""
LASTING = 60_000_000
"""The same for lists that change slowly and are dear to count: what goes together."""
SETTLED = 3_600_000_000
"""The same for lists that depend on no act at all, and only have to make room some time."""

ANSWERED = "answered"
"""What a shopper's newest slates are remembered by."""
COUNTED = ("encodes", "shopper_hits", "shopper_misses", "list_hits", "list_misses")
"""What a memory counts."""


def begun(key: tuple[Hashable, ...], now: int, span: int) -> int:
    """When the key's own span of `span` µs that `now` lies in began; in every process the same. What tells keys apart
    here is their names and numbers."""
    named = " ".join(str(each) for each in key if isinstance(each, str | int))
    return now - (now + crc32(named.encode(errors="replace"))) % span


class Version(NamedTuple):
    """What is remembered of a shopper holds for this hour of theirs (µs UTC) and this bundle."""

    hour: int
    bundle: str | None


class Memory:
    """What is cheap to keep and dear to make again; forgetting all of it changes no slate, but that what was answered
    in the last minutes may be shown again as if it had not been (`recommend.repetition`).

    It belongs to the thread that owns the state, and to one `Settings`. `encodes` counts the histories encoded, the
    others how often something was there, and how often not.
    """

    def __init__(self) -> None:
        self._shoppers: OrderedDict[Hashable, tuple[tuple[int, Version], dict[str, Any]]] = OrderedDict()
        self._lists: OrderedDict[tuple[Hashable, ...], tuple[int, Any]] = OrderedDict()
        self._ones: dict[str, tuple[object, Any]] = {}
        self.scratch = np.zeros(0, dtype=np.int32)
        self.marks = np.zeros(0, dtype=np.bool_)
        self.encodes = 0
        self.shopper_hits = self.shopper_misses = self.list_hits = self.list_misses = 0

    def emptied(self) -> Memory:
        """An empty one that goes on counting."""
        fresh = Memory()
        for name in COUNTED:
            setattr(fresh, name, getattr(self, name))
        return fresh

    def takes(self, who: Hashable, bundle: str | None) -> bool:
        """Whether to remember this shopper would drive out nobody of whom this bundle's is remembered."""
        if len(self._shoppers) < SHOPPERS or who in self._shoppers:
            return True
        (_, version), _ = next(iter(self._shoppers.values()))
        return version.bundle != bundle

    def shopper(self, who: Hashable, seq: int, version: Version) -> dict[str, Any]:
        """What is remembered of a shopper since their last act `seq` and since `version`: where only that has changed,
        what they were ANSWERED; empty after an act."""
        held = self._shoppers.get(who)
        if held is not None and held[0] == (seq, version):
            self._shoppers.move_to_end(who)
            self.shopper_hits += 1
            return held[1]
        self.shopper_misses += 1
        fresh: dict[str, Any] = {}
        if held is not None and held[0][0] == seq and ANSWERED in held[1]:
            fresh[ANSWERED] = held[1][ANSWERED]
        self._shoppers[who] = ((seq, version), fresh)
        self._shoppers.move_to_end(who)
        if len(self._shoppers) > SHOPPERS:
            self._shoppers.popitem(last=False)
        return fresh

    def list(self, key: tuple[Hashable, ...], now: int, make: Callable[[], T], fresh: int = FRESH) -> T:
        """What `make` gave for this key in the same span of `fresh` µs, so that it depends on no earlier request. Each
        key has spans of its own: they do not all end at once."""
        held = self._lists.get(key)
        if held is not None and held[0] <= now < held[0] + fresh:
            made: T = held[1]
            self._lists.move_to_end(key)
            self.list_hits += 1
            return made
        self.list_misses += 1
        made = make()
        self._lists[key] = (begun(key, now, fresh), made)
        self._lists.move_to_end(key)
        if len(self._lists) > LISTS:
            self._lists.popitem(last=False)
        return made

    def one(self, name: str, of: object, make: Callable[[], T]) -> T:
        """What `make` gave under this name for the very object `of`; of another one nothing is kept."""
        held = self._ones.get(name)
        if held is None or held[0] is not of:
            held = self._ones[name] = (of, make())
        made: T = held[1]
        return made

    def room(self, size: int) -> None:
        """Makes the scratch arrays reach item number `size` − 1."""
        if len(self.scratch) < size:
            grown = size + size // 4 + 1024
            self.scratch = np.zeros(grown, dtype=np.int32)
            self.marks = np.zeros(grown, dtype=np.bool_)
