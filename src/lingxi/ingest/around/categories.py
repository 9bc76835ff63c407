"""Categories that differ in spelling: which of them most items have."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

MOST: Final = 50_000
"""Categories that are known; more are passed over."""
LONG: Final = 8
"""Characters from which on one that is wrong, missing or too many is a slip."""
RARER: Final = 10
"""How many times as many items must have the other spelling for that."""


def form(category: str) -> str:
    """A category without case, accents, spaces and signs: "T-Shirts & Tops" is "tshirtsandtops"."""
    plain = unicodedata.normalize("NFKD", category.casefold()).replace("&", " and ")
    return "".join(each for each in plain if each.isalnum() or each == ">")


def _near(text: str) -> Iterator[str]:
    """What a form has in common with all that differ from it in one character."""
    if len(text) >= LONG and not any(each.isdigit() for each in text):
        yield text
        yield from (text[:n] + text[n + 1 :] for n in range(len(text)))


class Categories:
    """How many items were seen in each category, and how they are written. One thread uses it."""

    def __init__(self, counts: Iterable[tuple[str, int]] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self._spellings: defaultdict[str, list[str]] = defaultdict(list)
        self._forms: defaultdict[str, list[str]] = defaultdict(list)
        for category, items in counts:
            self.add(category, items)

    def add(self, category: str, items: int = 1) -> None:
        """So many more items are in a category."""
        if not category or (category not in self.counts and len(self.counts) >= MOST):
            return
        if category not in self.counts:
            own = form(category)
            if own not in self._spellings:
                for each in _near(own):
                    self._forms[each].append(own)
            self._spellings[own].append(category)
        self.counts[category] += items

    def usual(self, category: str) -> str | None:
        """The spelling that more items have than this one, None where this is the most usual or nothing like it is
        known."""
        own, mine = form(category), self.counts[category]
        alike = [each for each in self._spellings.get(own, ()) if self.counts[each] > mine]
        for near in {other for each in _near(own) for other in self._forms.get(each, ()) if _slip(own, other)}:
            alike += [each for each in self._spellings[near] if self.counts[each] >= RARER * max(mine, 1)]
        return max(alike, key=lambda each: (self.counts[each], each), default=None)


def _slip(one: str, other: str) -> bool:
    """Whether two forms, which have a form with a character less in common, differ by one change or two swapped."""
    if abs(len(one) - len(other)) == 1:
        return True
    differ = [n for n in range(len(one)) if one[n] != other[n]] if len(one) == len(other) else []
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1 and one[differ[0]] == other[differ[1]]
    return len(differ) == 1 or (swapped and one[differ[1]] == other[differ[0]])
