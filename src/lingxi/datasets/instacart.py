"""Instacart: three million grocery orders. Times are relative: days since a shopper's order before, and the hour.

The set has no dates. Each shopper's first order is put on the first matching weekday from 2017-01-01 on (day 0 of the
set is taken as a Sunday); the days between the orders are the set's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from lingxi.datasets._public import Beside, Layout, Public

_START_HOUR: Final = 1_483_228_800 // 3_600
"""2017-01-01, a Sunday, in hours since 1970."""


def times(orders: pl.DataFrame) -> pl.DataFrame:
    """`order_id`, `user_id` and `at` (unix seconds, as text) of each order."""
    whole = [pl.col(name).cast(pl.Float64, strict=False).cast(pl.Int64) for name in _RELATIVE]
    orders = orders.select("order_id", "user_id", *whole).sort("user_id", "order_number")
    days = pl.col("days_since_prior_order").fill_null(0).cum_sum().over("user_id")
    first = pl.col("order_dow").first().over("user_id")
    at = (_START_HOUR + (first + days) * 24 + pl.col("order_hour_of_day")) * 3_600
    return orders.select("order_id", "user_id", at.cast(pl.String).alias("at"))


_RELATIVE: Final = ("order_number", "order_dow", "order_hour_of_day", "days_since_prior_order")


def _bought(frames: Iterator[pl.DataFrame], beside: Beside) -> Iterator[pl.DataFrame]:
    """Each line with its order's shopper and time; a line of no order has neither and is held."""
    known = times(beside("orders"))
    for frame in frames:
        yield frame.join(known, on="order_id", how="left", maintain_order="left")


def _named(frames: Iterator[pl.DataFrame], beside: Beside) -> Iterator[pl.DataFrame]:
    """Each product with the names of its department and aisle."""
    aisles, departments = beside("aisles"), beside("departments")
    for frame in frames:
        both = frame.join(aisles.drop("__line"), on="aisle_id", how="left", maintain_order="left")
        both = both.join(departments.drop("__line"), on="department_id", how="left", maintain_order="left")
        yield both.with_columns(pl.concat_str("department", "aisle", separator=" > ").alias("path"))


PUBLIC: Final = Public(
    name="instacart",
    about="Instacart: three million grocery orders of 200,000 shoppers (2017). Dates are made up from relative days.",
    about_zh="Instacart：二十万顾客的三百万份日用品订单（2017）。日期由相对天数推算。",
    published="https://www.kaggle.com/c/instacart-market-basket-analysis/data",
    terms="non-commercial use",
    layouts=(
        Layout("orders", ("orders.csv",), None, dict.fromkeys(("order_id", "user_id", *_RELATIVE), "")),
        Layout("aisles", ("aisles.csv",), None, {"aisle_id": "", "aisle": ""}),
        Layout("departments", ("departments.csv",), None, {"department_id": "", "department": ""}),
        Layout(
            "lines",
            ("order_products*.csv",),
            "events",
            {
                "at": "at",
                "user": "user_id",
                "item": "product_id",
                "order": "order_id",
                "position": "add_to_cart_order",
            },
            kind="purchase",
            formats=("unix_s",),
            change=_bought,
            added=("user_id", "at"),
        ),
        Layout(
            "products",
            ("products.csv",),
            "items",
            {"id": "product_id", "title": "product_name", "category": "path"},
            change=_named,
            added=("aisle", "department", "path"),
        ),
    ),
)
