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
        "same_category": 20,
        "popular": 100,
        "trending": 20,
        "new": 5,
        "untried": 40,
    },
    filters=("hidden", "out_of_stock", "in_cart", "just_bought", "dismissed", "fatigue", "requested", "context"),
    # Own purchases lead. An item looked at a moment ago stands beside the shopper's tenth favourite.
    weights={
        "own.lead": 1.0,
        "recently_viewed.lead": 0.5,
        "co_view.lead": 0.4,
        "sequence.lead": 0.05,
        "co_purchase.lead": 0.02,
        "same_category.lead": 0.3,
        "popular.lead": 0.1,
        "trending.lead": 0.01,
        "new.lead": 0.01,
    },
    learnt=("ranker", "blend"),
)
