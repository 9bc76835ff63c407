"""Pictures of made-up shops, from a few words a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lingxi.domain.event import KIND_CODE
from lingxi.domain.item import Item
from lingxi.insight.picture import About, Picture, items_of, picture_of
from lingxi.ports.survey import FIELDS, SCHEMA

DAY = 86_400_000_000
HOUR = DAY // 24
MINUTE = HOUR // 60
MONDAY = 19_723 * DAY
"""2024-01-01, a Monday, 00:00 UTC."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event: who did what to which item, so many days, hours and minutes after MONDAY."""

    who: int = 0
    kind: str = "purchase"
    item: int = 0
    day: int = 0
    hour: int = 0
    minute: int = 0
    order: int | None = None
    quantity: float | None = None
    price: float | None = None
    list_price: float | None = None
    given: Sequence[str] = ("user",)
    marks: str | None = None
    repairs: str | None = None

    def at(self) -> int:
        return MONDAY + self.day * DAY + self.hour * HOUR + self.minute * MINUTE


def picture(lines: Sequence[Line], items: Sequence[Item] = (), about: About | None = None) -> Picture:
    """The picture of these lines, in any order; items are numbered as they stand, others are stubs."""
    rows = [
        {
            "seq": seq,
            "at": line.at(),
            "shopper": line.who,
            "item": line.item,
            "kind": KIND_CODE[line.kind],
            "quantity": line.quantity,
            "price": line.price,
            "list_price": line.list_price,
            "order": line.order,
            "given": sum(1 << FIELDS.index(name) for name in line.given),
            "marks": line.marks,
            "repairs": line.repairs,
        }
        for seq, line in enumerate(lines, 1)
    ]
    known = max([len(items), *(line.item + 1 for line in lines)])
    ids = [item.id for item in items] + [f"stub-{no}" for no in range(len(items), known)]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return picture_of([frame], items_of(ids, enumerate(items)), about or About())
