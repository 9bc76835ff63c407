"""Whether a text that nobody checked names a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

DISTINCT: Final = 6
"""Bytes from which an id is told from chance, if it is more than a number."""
WHO: Final = (
    r"user|session|customer|client|shopper|buyer|member|visitor|guest|account|household|person|people|profile|"
    r"alias|same_as|who|uid|cookie|device|login|mail|phone|open_?id|union_?id"
)
"""What fields that hold a person's id are called, or a part of it."""
APART: Final = r"[^\s\"'`,;:=(){}\[\]<>|/\\]"
"""What an id is made of where it stands as a word."""
OTHER_THINGS: Final = frozenset({"item", "kind", "quantity", "price", "list_price", "at", "position", "value"})
"""Fields of an event whose value equals a person's id by chance only."""
_who: Final = re.compile(WHO, re.IGNORECASE)
_word: Final = re.compile(f"{APART}+")


def distinct(id_: str) -> bool:
    """Whether an id, seen anywhere, is that id and no count, price or day."""
    return len(id_.encode()) >= DISTINCT and not id_.replace("-", "").replace(".", "").isdecimal()


class Names:
    """Looks for some persons' ids.

    A distinct id counts wherever it stands; a number or a short one only where a field's name says that it is a
    person's.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = frozenset(ids)
        self.distinct = frozenset(filter(distinct, self.ids))
        self._odd = [each for each in self.distinct if not _word.fullmatch(each)]

    @cached_property
    def _labelled(self) -> re.Pattern[str]:
        """A field of a person, and one of the ids behind it, in torn JSON or the like."""
        ids = "|".join(sorted(map(re.escape, self.ids), reverse=True))
        return re.compile(rf"(?:{WHO})[\w ]{{0,16}}[\"']?\s*[:=]\s*[\"']?({ids})(?!{APART})", re.IGNORECASE)

    def in_text(self, text: str) -> set[str]:
        """Those that a text names."""
        found = {word for word in _word.findall(text) if word in self.distinct}
        found |= {each for each in self._odd if each in text}
        if len(self.ids) > len(self.distinct) and _who.search(text):
            found |= {each for each in self._labelled.findall(text) if each in self.ids}
        return found

    def in_record(self, record: Any) -> set[str]:
        """Those that decoded JSON names: a value, or the name of a field."""
        return set(self._values(record, ""))

    def _values(self, value: Any, field: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in self.distinct:
                    yield name
                yield from self._values(inner, name)
        elif isinstance(value, list):
            for inner in value:
                yield from self._values(inner, field)
        elif value is not None and field not in OTHER_THINGS:
            text = str(value)
            if text in self.distinct or (text in self.ids and _who.search(field)):
                yield text
