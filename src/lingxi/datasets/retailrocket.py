"""RetailRocket: views, carts and transactions of visitors; an item's category from the newest of its properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from lingxi.datasets._public import Beside, Layout, Public


def _newest(frames: Iterator[pl.DataFrame], beside: Beside) -> Iterator[pl.DataFrame]:  # noqa: ARG001 - alone
    """One row for each item: the newest value of `categoryid`. The other properties are hashed and not read."""
    found: pl.DataFrame | None = None
    for frame in frames:
        told = frame.filter(pl.col("property") == "categoryid")
        both = told if found is None else pl.concat([found, told])
        order = pl.col("timestamp").cast(pl.Int64, strict=False)
        found = both.sort(order, maintain_order=True).unique("itemid", keep="last", maintain_order=True)
    if found is not None:
        yield found.sort("__line")


PUBLIC: Final = Public(
    name="retailrocket",
    about="RetailRocket: four and a half months of a shop's visitors: views, carts, transactions.",
    about_zh="RetailRocket：一家商店四个半月的访客记录：浏览、加购、成交。",
    published="https://www.kaggle.com/datasets/retailrocket/ecommerce-dataset",
    terms="CC BY-NC-SA 4.0",
    layouts=(
        Layout(
            "events",
            ("events.csv",),
            "events",
            {"at": "timestamp", "user": "visitorid", "kind": "event", "item": "itemid", "order": "transactionid"},
            kinds={"addtocart": "add_to_cart", "transaction": "purchase"},
            formats=("unix_ms",),
        ),
        Layout(
            "properties",
            ("item_properties*.csv",),
            "items",
            {"id": "itemid", "category": "value"},
            change=_newest,
        ),
    ),
)
