"""What is bought together."""

from __future__ import annotations

from lingxi.recommend.because import Because
from lingxi.recommend.sources._together import Together


class CoPurchase(Together):
    """Items found in the same baskets."""

    group = "purchase"
    en = "Bought together with {}"
    zh = "有顾客与{}一起购买"
    several = Because("Bought together with several of your choices", "有顾客与您选过的几件商品一起购买")


SOURCE = CoPurchase()
