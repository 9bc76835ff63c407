"""What a model reads of a snapshot: which acts count, and whether there are enough."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import NotEnoughData
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions

PURCHASE = KIND_CODE["purchase"]
WANTED = tuple(KIND_CODE[kind] for kind in ("purchase", "add_to_cart", "view", "click", "like", "rate", "review"))
"""Kinds that say what a shopper wants, the strongest first; a shop of ratings alone is learnt from those."""


def wanted(past: Interactions) -> Interactions:
    """The strongest kind that the past holds: purchases, or what comes nearest in a shop that has none yet.

    What the setting `cleaning.leave_out` names (a robot's view, a double click) is in no snapshot.
    """
    for kind in WANTED:
        chosen = past.where((past.kind == kind) & (past.item >= 0))
        if len(chosen):
            return chosen
    return past.where(np.zeros(len(past), dtype=np.bool_))


def visits(acts: Interactions, gap_minutes: float = 0.0) -> npt.NDArray[np.int64]:
    """int64[n]: the number of each act's visit, in order of (shopper, at): acts of one shopper that follow each other
    within `gap_minutes`. With 0 it is a basket: acts at one time."""
    order = np.lexsort((acts.at, acts.shopper))
    fresh = np.ones(len(acts), dtype=np.bool_)
    fresh[1:] = (np.diff(acts.shopper[order]) != 0) | (np.diff(acts.at[order]) > gap_minutes * 60e6)
    number = np.empty(len(acts), dtype=np.int64)
    number[order] = np.cumsum(fresh) - 1
    return number


def check_enough(acts: Interactions, goods: Goods, *, events: int, items: int, shoppers: int) -> None:
    """Checks that there is enough to learn from.

    Raises:
        NotEnoughData: there is not; `what` says how much there is, the remedy how much is missing.
    """
    have = {"events": len(acts), "items": len(np.unique(acts.item)), "shoppers": len(np.unique(acts.shopper))}
    check_counts(have, goods, events=events, items=items, shoppers=shoppers)


def check_counts(have: dict[str, int], goods: Goods, **need: int) -> None:
    """The same for counts that are known: `events`, `items`, `shoppers`."""
    missing = [f"{need[name] - have[name]} more {name}" for name in need if have[name] < need[name]]
    if missing:
        raise NotEnoughData(
            f"too little to learn from: {have['events']} events with an item, of {have['shoppers']} shoppers "
            f"on {have['items']} items (the catalogue has {len(goods)})",
            where="the log",
            remedy="send " + ", ".join(missing) + " (POST /v1/events or lingxi import)",
        )
