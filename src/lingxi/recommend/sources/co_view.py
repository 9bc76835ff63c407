"""What is looked at together."""

from __future__ import annotations

from lingxi.recommend.because import Because
from lingxi.recommend.sources._together import Together


class CoView(Together):
    """Items looked at in the same visits."""

    group = "view"
    en = "Shoppers who look at {} look at this too"
    zh = "看过{}的顾客也在看"
    several = Because("Shoppers look at this beside several of your choices", "顾客常把它与您选过的几件商品一起看")


SOURCE = CoView()
