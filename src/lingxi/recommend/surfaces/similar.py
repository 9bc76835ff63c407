"""Beside a product: what could be chosen in its stead."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={
        "co_view": 100,
        "same_category": 60,
        "content": 60,
        "neighbours": 60,
        "co_purchase": 60,
        "popular": 60,
        "new": 5,
    },
    filters=("hidden", "out_of_stock", "context", "in_cart", "dismissed", "requested"),
    weights={
        "co_view.lead": 1.0,
        "same_category.lead": 0.8,
        "content.lead": 0.3,
        "neighbours.lead": 0.3,
        "co_purchase.lead": 0.2,
        "own.score": 0.05,
        "popular.lead": 0.1,
        "new.lead": 0.02,
    },
    reranker=None,
    context=True,
)
