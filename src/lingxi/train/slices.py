"""Parts of a judgement: for whom, and for which items, a ranking is good; the same metrics over fewer of them.

A shopper's part is by how much they bought, how long they are known and each trait; an item's by its age and its sales.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.history import Interactions
from lingxi.metrics import ranking
from lingxi.train.evaluate import Lists
from lingxi.train.split import DAY, PURCHASE, Split, Truth

Bools = npt.NDArray[np.bool_]
FEW: Final = 20
"""A part of fewer shoppers is not shown: its figure says nothing, and could say something of a person."""
NEW_DAYS: Final = 28
HEAD: Final = 0.2
"""The share of the items bought that counts as the head: those that sold most."""
VALUES: Final = 8
"""How many values of a trait are told apart, the commonest first."""


class Part(Struct, frozen=True):
    """Mean recall and NDCG at 10 of one part: of its `shoppers`, of its items alone where it is a part of the items."""

    by: str
    part: str
    shoppers: int
    recall: float
    ndcg: float


class Slices:
    """The parts of a split, worked out once for every ranking of it. `traits` holds (shopper number → name → value)."""

    def __init__(self, split: Split, traits: Mapping[int, Mapping[str, str]] | None = None) -> None:
        self.truth = split.truth
        bought = split.past.where((split.past.kind == PURCHASE) & (split.past.item >= 0) & (split.past.shopper >= 0))
        self.people = [*_by_activity(bought, self.truth), *_by_tenure(split.past, self.truth, split.at)]
        self.people += _by_trait(self.truth, traits or {})
        self.goods = [*_by_age(split), *_by_sales(bought, self.truth)]

    def of(self, lists: Lists, k: int = 10) -> list[Part]:
        """Every part of at least 20 shoppers, in a fixed order."""
        found = [_part(by, part, lists, self.truth.items, who, k) for by, part, who in self.people]
        for by, part, items in self.goods:
            wanted = [each[items[each]] for each in self.truth.items]
            who = np.array([len(each) > 0 for each in wanted], dtype=np.bool_)
            found.append(_part(by, part, lists, wanted, who, k))
        return [each for each in found if each.shoppers >= FEW]


def _part(by: str, part: str, lists: Lists, wanted: list[npt.NDArray[np.int32]], who: Bools, k: int) -> Part:
    chosen = np.flatnonzero(who)
    if len(chosen) < FEW:
        return Part(by, part, len(chosen), float("nan"), float("nan"))
    relevant = [wanted[each] for each in chosen]
    hits = ranking.mark([lists.picks[each] for each in chosen], relevant, k)
    sizes = np.array([len(each) for each in relevant], dtype=np.int64)
    return Part(
        by, part, len(chosen), float(ranking.recall(hits, sizes, k).mean()), float(ranking.ndcg(hits, sizes, k).mean())
    )


Of = tuple[str, str, Bools]
"""What divides, the part's name, and which shoppers (of the truth) or items (by number) are in it."""


def _by_activity(bought: Interactions, truth: Truth) -> list[Of]:
    """Thirds by how many purchases a shopper had made."""
    counts = np.bincount(bought.shopper, minlength=int(truth.shopper.max(initial=-1)) + 1)[truth.shopper]
    known = counts[counts > 0]
    low, high = (int(each) for each in np.quantile(known, [1 / 3, 2 / 3])) if len(known) else (0, 0)
    return [
        ("activity", "no purchase before", counts == 0),
        ("activity", f"1 to {low} purchases", (counts > 0) & (counts <= low)),
        ("activity", f"{low + 1} to {high} purchases", (counts > low) & (counts <= high)),
        ("activity", f"more than {high} purchases", counts > max(high, 0)),
    ]


def _by_tenure(past: Interactions, truth: Truth, at: int) -> list[Of]:
    """By how long ago the shopper was first seen."""
    first = np.full(int(max(truth.shopper.max(initial=-1), past.shopper.max(initial=-1))) + 1, at, dtype=np.int64)
    seen = past.shopper >= 0
    np.minimum.at(first, past.shopper[seen], past.at[seen])
    days = (at - first[truth.shopper]) / DAY
    return [
        ("known for", "not yet", days <= 0),
        ("known for", f"up to {NEW_DAYS} days", (days > 0) & (days <= NEW_DAYS)),
        ("known for", f"more than {NEW_DAYS} days", days > NEW_DAYS),
    ]


def _by_trait(truth: Truth, traits: Mapping[int, Mapping[str, str]]) -> list[Of]:
    """By the commonest values of each trait."""
    names = sorted({name for each in traits.values() for name in each})
    found: list[Of] = []
    for name in names:
        values = [traits.get(shopper, {}).get(name) for shopper in truth.shopper.tolist()]
        found += [(name, value, _equal(values, value)) for value in _commonest(values)]
    return found


def _commonest(values: Sequence[str | None]) -> list[str]:
    counts = Counter(value for value in values if value is not None)
    return sorted(value for value, _ in counts.most_common(VALUES))


def _equal(values: Sequence[str | None], value: str) -> Bools:
    return np.array([each == value for each in values], dtype=np.bool_)


def _by_age(split: Split) -> list[Of]:
    """Items by when they were first seen in an event."""
    size = int(max(split.past.item.max(initial=-1), split.future.item.max(initial=-1))) + 1
    first = np.full(size, split.at, dtype=np.int64)
    seen = split.past.item >= 0
    np.minimum.at(first, split.past.item[seen], split.past.at[seen])
    days = (split.at - first) / DAY
    return [
        ("item known for", "not yet", days <= 0),
        ("item known for", f"up to {NEW_DAYS} days", (days > 0) & (days <= NEW_DAYS)),
        ("item known for", f"more than {NEW_DAYS} days", days > NEW_DAYS),
    ]


def _by_sales(bought: Interactions, truth: Truth) -> list[Of]:
    """The head, which sold most, and the tail."""
    most = max((int(each.max()) for each in truth.items if len(each)), default=-1)
    counts = np.bincount(bought.item, minlength=most + 1)
    sold = np.sort(counts[counts > 0])[::-1]
    bar = int(sold[max(int(len(sold) * HEAD) - 1, 0)]) if len(sold) else 1
    share = f"{HEAD:.0%} of the items that sell most"
    return [("item", f"the {share}", counts >= bar), ("item", f"not among the {share}", counts < bar)]
