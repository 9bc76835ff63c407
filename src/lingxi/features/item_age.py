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


def days(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """The age in days."""
    first, since = columns[0][rows], columns[1][items]
    # An item of a replayed snapshot, and a stub, was posted at no known time.
    start = np.where(since > 0, np.minimum(first, since), first)
    age = np.maximum(now - np.minimum(start, now), 0) / DAY
    return np.asarray(np.where(start == NOT_YET, np.inf, age), np.float32)


def fresh(columns: Arrays, rows: Rows, items: Rows, now: int) -> Floats:
    """How new it is."""
    return np.asarray(np.exp(-days(columns, rows, items, now) / LIFE), np.float32)


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
