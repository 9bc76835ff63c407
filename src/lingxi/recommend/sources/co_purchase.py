"""What is bought together."""

from __future__ import annotations

from lingxi.recommend.sources._together import Together


class CoPurchase(Together):
    """Items found in the same baskets."""

    group = "purchase"
    en = "Bought together with {}"
    zh = "有顾客与{}一起购买"


SOURCE = CoPurchase()
