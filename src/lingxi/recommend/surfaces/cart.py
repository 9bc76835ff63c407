"""The cart: what is still missing from it."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={"co_purchase": 100, "neighbours": 100, "buy_again": 60, "own": 60, "co_view": 40, "popular": 60},
    filters=("hidden", "out_of_stock", "context", "in_cart", "just_bought", "dismissed", "fatigue", "requested"),
    weights={
        "co_purchase.log_rank": -0.8,
        "neighbours.log_rank": -0.6,
        "buy_again.log_rank": -0.6,
        "own.log_rank": -0.4,
        "co_view.log_rank": -0.2,
        "popular.log_rank": -0.1,
    },
)
