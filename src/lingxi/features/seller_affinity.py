"""How much this shopper is drawn to the item's seller.

`share` is the part of the shopper's newest acts that was with its seller, 0 to 1. Each act weighs by its kind (a
purchase is 1, a view a tenth) and fades with a life of 28 days; as if there were one purchase more, of nothing: one
view is no affinity. `weight` is the sum of those weights in its seller, in purchases, 0 and up. An item
without a seller has 0.
Source: user profiles with gradual forgetting (Koychev and Schwab 2000, "Adaptation to Drifting User's Interests").
"""

from __future__ import annotations

from lingxi.features._affinity import affinity

FEATURE = affinity("seller")
