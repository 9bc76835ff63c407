"""What the shopper buys regularly, when it is due."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={"buy_again": 100, "own": 100, "popular": 60},
    filters=("hidden", "out_of_stock", "in_cart", "just_bought", "dismissed", "requested", "context"),
    weights={"buy_again.lead": 1.0, "own.lead": 0.5, "popular.lead": 0.1},
    reranker=None,
)
