"""What a merchant rule blocks, or keeps for others than this shopper."""

from __future__ import annotations

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Ints


class Merchant:
    """Part of every surface while there are such rules."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)], None where no rule removes anything."""
        return None if moment.rules is None else moment.rules.keep(items)


FILTER = Merchant()
