"""What an item says of itself, as one text for an encoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lingxi.domain.item import Item

LONGEST: Final = 1_000
"""Characters that are read: what matters stands first."""


def text_of(item: Item) -> str:
    """Titles, the brand where they do not say it, and what else is text among the attributes; of an item that says
    nothing of these, its category. (A category is content of its own, and what thousands share drowns what tells one
    item from another: docs/log.md.)

    "" of a person: names of people are not handed on, least of all to a server.
    """
    return "" if item.kind == "person" else ". ".join(_parts(item))[:LONGEST]


def _parts(item: Item) -> Iterator[str]:
    said = ""
    for part in (item.title, item.title_zh, item.brand, *_attributes(item)):
        words = " ".join(part.split())
        if words and words.casefold() not in said:
            said += f" {words.casefold()}"
            yield words
    if not said and item.category:
        yield item.category


def _attributes(item: Item) -> Iterator[str]:
    """Descriptions, tags, colours …; numbers and addresses say nothing to an encoder."""
    for value in (item.attributes or {}).values():
        if isinstance(value, str) and "://" not in value and any(letter.isalpha() for letter in value):
            yield value
