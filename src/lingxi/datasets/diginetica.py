"""Diginetica (CIKM Cup 2016): views and purchases in sessions; a time is a day and the ms since the session began."""

from __future__ import annotations

from typing import Final

import polars as pl

from lingxi.datasets._public import Beside, Layout, Public, each

_COLUMNS: Final = {"at": "at", "session": "sessionId", "user": "userId", "item": "itemId"}


def _at(frame: pl.DataFrame) -> pl.DataFrame:
    """The day and the ms into it, as ms since 1970; nothing where either cannot be read."""
    day = pl.col("eventdate").str.to_date("%Y-%m-%d", strict=False).dt.epoch("d").cast(pl.Int64) * 86_400_000
    made = day + pl.col("timeframe").cast(pl.Int64, strict=False)
    return frame.with_columns(made.cast(pl.String).alias("at"))


def _categories(beside: Beside) -> pl.DataFrame:
    return beside("categories").select("itemId", "categoryId").unique("itemId", keep="first")


PUBLIC: Final = Public(
    name="diginetica",
    about="Diginetica: half a year of an online shop's sessions, views and purchases (CIKM Cup 2016).",
    about_zh="Diginetica：一家网店半年的会话、浏览与购买（CIKM Cup 2016）。",
    published="https://competitions.codalab.org/competitions/11161",
    terms="the challenge's own: research",
    layouts=(
        Layout(
            "views",
            ("*item-views*.csv",),
            "events",
            _COLUMNS,
            formats=("unix_ms",),
            change=each(_at),
            added=("at",),
        ),
        Layout(
            "purchases",
            ("*purchases*.csv",),
            "events",
            {**_COLUMNS, "order": "ordernumber"},
            kind="purchase",
            formats=("unix_ms",),
            change=each(_at),
            added=("at",),
        ),
        Layout("categories", ("product-categories.csv",), None, {"itemId": "", "categoryId": ""}),
        Layout(
            "products",
            ("products.csv",),
            "items",
            {"id": "itemId", "category": "categoryId", "attributes.price_log2": "pricelog2"},
            change=lambda frames, beside: (
                frame.join(_categories(beside), on="itemId", how="left", maintain_order="left") for frame in frames
            ),
            added=("categoryId",),
        ),
    ),
)
