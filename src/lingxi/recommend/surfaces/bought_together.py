"""Beside a product: what goes into the same basket."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={"co_purchase": 100, "neighbours": 100, "co_view": 40, "same_category": 20, "popular": 60},
    filters=("hidden", "out_of_stock", "context", "in_cart", "just_bought", "dismissed", "requested"),
    weights={
        "co_purchase.lead": 1.0,
        "neighbours.lead": 0.8,
        "co_view.lead": 0.2,
        "own.score": 0.05,
        "same_category.lead": 0.1,
        "popular.lead": 0.1,
    },
    context=True,
)
