"""What a source asks the encoder for: so many items that satisfy the request, kept until another answer is due."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lingxi.nearest.allowed import Allowed
from lingxi.recommend.allowed import NONE, barred, bounds_of, ruled
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Ints, Proposal


@dataclass(frozen=True, slots=True)
class Wanted:
    """The best `n` among `allowed` but for `excluded`, remembered by `name` while the `version` stays the same."""

    name: str
    version: Hashable
    n: int
    allowed: Allowed
    excluded: Ints

    def best(self, encoder: Any, vector: Any) -> Proposal:
        """The encoder's answer for a vector float32[d]: longer by what is excluded, so that it is full without it."""
        items, scores = encoder.top(vector, self.n + len(self.excluded), self.allowed)
        if len(self.excluded):
            kept = ~np.isin(items, self.excluded)
            items, scores = items[kept], scores[kept]
        return Proposal(items, scores).first(self.n)

    def once(self, moment: Moment, make: Callable[[], Proposal]) -> Proposal:
        """What `make` gives, made once for a shopper, and once for a version."""
        return moment.abreast(self.name, self.version, make)

    def held(self, made: Proposal) -> dict[str, Any]:
        """How `Moment.abreast` remembers it."""
        return {self.name: (self.version, made)}


def wanted(moment: Moment, source: str, n: int) -> Wanted:
    """What `source` asks for in this moment.

    Without bounds the answer holds until something comes in: what was sold out since is filtered from it. An answer
    within bounds holds until the catalog changes, and only the last one is kept of a shopper.
    """
    query, items = moment.query, moment.state.items
    bounds = bounds_of(moment)
    fits, rules, excluded = ruled(moment), barred(moment), moment.numbers(query.exclude)
    if bounds == NONE and not len(excluded):
        return Wanted(f"{source} {n}", (items.opened, rules), n, fits, excluded)
    return Wanted(f"{source} within bounds", (n, bounds, query.exclude, items.posts, rules), n, fits, excluded)
