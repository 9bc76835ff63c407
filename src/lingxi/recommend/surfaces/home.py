"""The first page: what this shopper wants next."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={
        "own": 250,
        "sequence": 200,
        "recently_viewed": 20,
        "buy_again": 60,
        "co_view": 60,
        "co_purchase": 60,
        "neighbours": 60,
        "same_category": 20,
        "popular": 100,
        "trending": 20,
        "new": 5,
    },
    filters=("hidden", "out_of_stock", "in_cart", "just_bought", "dismissed", "fatigue", "requested", "context"),
    # Own purchases lead. An item looked at a moment ago stands beside the shopper's tenth favourite.
    weights={
        "own.log_rank": -1.0,
        "recently_viewed.log_rank": -0.7,
        "co_view.log_rank": -0.45,
        "sequence.log_rank": -0.1,
        "co_purchase.log_rank": -0.05,
        "neighbours.log_rank": -0.05,
        "same_category.log_rank": -0.15,
        "popular.log_rank": -0.1,
        "trending.log_rank": -0.02,
        "new.log_rank": -0.02,
    },
    learnt="blend",
)
