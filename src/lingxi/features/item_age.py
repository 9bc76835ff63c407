"""How long an item has been in the shop.

`days` since it was first posted, viewed or bought, whichever came first (an imported catalog is posted on the day of
the import, its sales are older); 0 and up, +inf for what nothing is known of. `fresh` is exp(−days / 14): 1 for what is
new today, 0 for what is old or unknown.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lingxi.domain.event import KIND_CODE
from lingxi.features._compiled import compiled
from lingxi.features._feature import DAY, Arrays, Column, Feature, Floats, Rows

KINDS: Final = ("view", "purchase")
VIEW, PURCHASE = (KIND_CODE[kind] for kind in KINDS)
NOT_YET: Final = int(np.iinfo(np.int64).max)
LIFE: Final = 14.0
"""Days after which an item is 1/e as fresh."""


@compiled
def update(
    columns: Any, row: int, item: int, at: int, tie: int, kind: int, quantity: float, price: float
) -> None:  # pragma: no cover
    if kind in (VIEW, PURCHASE) and at < columns[0][row]:
        columns[0][row] = at


@compiled
def fold(
    columns: Any, rows: Any, items: Any, at: Any, tie: Any, kind: Any, quantity: Any, price: Any
) -> None:  # pragma: no cover
    for i in range(len(rows)):
        update(columns, rows[i], items[i], at[i], tie[i], kind[i], quantity[i], price[i])


@compiled
def _ages(first: Any, since: Any, rows: Any, now: int) -> Any:  # pragma: no cover
    """Days since the earlier of the two times, float32[len(rows)]; +inf where neither is known."""
    ages = np.empty(len(rows), np.float32)
    for i in range(len(rows)):
        start, posted = first[rows[i]], since[rows[i]]
        # An item of a replayed snapshot, and a stub, was posted at no known time.
        if 0 < posted < start:
            start = posted
        ages[i] = np.inf if start == NOT_YET else max(now - start, 0) / DAY
    return ages


def days(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The age in days."""
    ages: Floats = _ages(columns[0], columns[1], rows, now)
    return ages


def fresh(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How new it is."""
    return np.asarray(np.exp(-days(columns, rows, items, now) / np.float32(LIFE)), np.float32)


FEATURE = Feature(
    name="item_age",
    scope="item",
    columns=(Column("first", "int64", NOT_YET),),
    kinds=KINDS,
    update=update,
    fold=fold,
    reads={"days": days, "fresh": fresh},
    catalog=("since",),
)
