"""What the whole shop turns to just now."""

from __future__ import annotations

from lingxi.recommend.parts import Surface

SURFACE = Surface(
    sources={"trending": 100, "popular": 100, "new": 20, "untried": 40},
    filters=("hidden", "out_of_stock", "in_cart", "dismissed", "requested", "context"),
    weights={"trending.lead": 1.0, "popular.lead": 0.1, "new.lead": 0.05},
)
