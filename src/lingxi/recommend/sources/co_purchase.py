"""What is bought together."""

from __future__ import annotations

from lingxi.recommend.sources._together import Together


class CoPurchase(Together):
    """Items found in the same baskets."""

    group = "purchase"
    en = "Often bought together with {}"
    zh = "常与{}一起购买"


SOURCE = CoPurchase()
