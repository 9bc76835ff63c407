"""Amazon reviews (UCSD, McAuley Lab): reviews and product metadata as JSON lines, releases of 2014, 2018 and 2023."""

from __future__ import annotations

from typing import Final

import polars as pl

from lingxi.datasets._public import Layout, Public, each

_TEXT: Final = 4_096
"""Longest text of a review that an event takes; longer ones are cut."""


def _cut(frame: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in ("reviewText", "text") if name in frame.columns]
    return frame.with_columns(pl.col(names).str.slice(0, _TEXT)).with_columns(_at(frame))


def _at(frame: pl.DataFrame) -> pl.Expr:
    """The time in ms: releases up to 2018 have seconds under another name."""
    if "unixReviewTime" in frame.columns:
        return pl.when(pl.col("unixReviewTime").is_not_null()).then(pl.col("unixReviewTime") + "000").alias("ms")
    return pl.col("timestamp").alias("ms")


PUBLIC: Final = Public(
    name="amazon_reviews",
    about="Amazon reviews: product reviews and metadata collected by the McAuley Lab, UC San Diego.",
    about_zh="Amazon reviews：加州大学圣迭戈分校 McAuley 实验室收集的商品评论与商品信息。",
    published="https://amazon-reviews-2023.github.io/",
    terms="for research; the texts belong to their authors",
    layouts=(
        Layout(
            "metadata",
            ("meta_*.json*",),
            "items",
            {
                "id": ("parent_asin", "asin"),
                "title": "title",
                "brand": ("store", "brand"),
                "category": ("main_category", "main_cat"),
                "price": "price",
            },
            change=each(
                lambda frame: frame.with_columns(
                    pl.col("title").str.slice(0, 512), pl.col("price").str.extract(r"^\$?\s*([\d.,]+)$")
                )
            ),
        ),
        Layout(
            "reviews",
            ("*.json", "*.jsonl"),
            "events",
            {
                "at": "ms",
                "user": ("user_id", "reviewerID"),
                "item": ("parent_asin", "asin"),
                "value": ("rating", "overall"),
                "text": ("text", "reviewText"),
            },
            kind="review",
            formats=("unix_ms",),
            change=each(_cut),
            added=("ms",),
        ),
    ),
)
