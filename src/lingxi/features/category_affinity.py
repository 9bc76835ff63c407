"""How much this shopper is drawn to the item's category.

`share` is the part of the shopper's newest acts that was with its category, 0 to 1. Each act weighs by its kind (a
purchase is 1, a view a tenth) and fades with a life of 28 days; as if there were one purchase more, of nothing: one
view is no affinity. `weight` is the sum of those weights in its category, in purchases, 0 and up. An item
without a category has 0. The category is the catalog's whole path: what is bought of "Tea > Green" says nothing of
"Tea > Black".
Source: user profiles with gradual forgetting (Koychev and Schwab 2000, "Adaptation to Drifting User's Interests").
"""

from __future__ import annotations

from lingxi.features._affinity import affinity

FEATURE = affinity("category")
