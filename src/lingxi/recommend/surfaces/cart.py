"""The cart: what is still missing from it."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={
        "co_purchase": 100,
        "neighbours": 100,
        "buy_again": 60,
        "own": 60,
        "co_view": 40,
        "segment": 20,
        "popular": 60,
    },
    filters=("hidden", "out_of_stock", "context", "in_cart", "just_bought", "dismissed", "fatigue", "requested"),
    weights={
        "co_purchase.lead": 0.8,
        "neighbours.lead": 0.6,
        "buy_again.lead": 0.6,
        "own.lead": 0.4,
        "co_view.lead": 0.2,
        "segment.lead": 0.05,
        "popular.lead": 0.1,
    },
)
