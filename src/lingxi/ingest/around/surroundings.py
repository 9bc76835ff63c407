"""What is known around an event from those before it and with it, for the rules that mark.

Bounded: what was met longest ago makes room. Nothing in it names anyone: ids are hashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lingxi.domain.event import KIND_CODE
from lingxi.ingest.around._acts import Acts, acts_in, acts_of
from lingxi.ingest.around._orders import Orders
from lingxi.ingest.around._paces import ON_A_PAGE, Paces
from lingxi.ingest.around._rows import Doubles, Longs
from lingxi.ingest.around._spellings import Spellings
from lingxi.ingest.around._usual import Usual
from lingxi.ingest.rules._rule import FACTS, FEWEST, Facts


def _places(*names: str) -> npt.NDArray[np.intp]:
    """Where some of FACTS stand, as a column."""
    return np.array([[FACTS.index(name)] for name in names])


ITEMS: Final = 1 << 16
SHOPPERS: Final = 1 << 16
"""Items and shoppers of which is known what is usual."""
PURCHASE: Final = KIND_CODE["purchase"]
STEADY: Final = 0.02
"""An item whose prices deviate less (their logarithms) has one price, and a factor off it is one."""
FINE: Final = 0.2
"""Below this price half a cent is too much of it to tell a factor."""
ALIKE, OWN = FACTS.index("alike"), FACTS.index("own_like")
PACE: Final = _places("apart", "minute", "hour")
PRICE: Final = _places("price_usual", "price_spread", "price_known")
SHIFT: Final = _places("shift", "shift_lines", "order_lines")
QUANTITY: Final = _places("quantity_usual", "quantity_spread", "quantity_known", "quantity_like")


class Surroundings:
    """What is known so far. One thread uses it, for events as they come (`facts`) or for frames (`columns`).

    What comes together is learned as a whole before any of it is judged, so that the first lines of a file are
    measured by the later ones, and a batch of a file's lines is judged as the file's frame would be.
    """

    def __init__(self) -> None:
        self._paces = Paces()
        self._prices, self._quantities, self._own = Usual(ITEMS), Usual(ITEMS), Usual(SHOPPERS)
        self._orders = Orders()
        self._spellings = Spellings()
        self._stamp = 0

    def facts(self, records: Sequence[Mapping[str, Any]], now: int) -> list[Facts]:
        """What is known around each of these events, that no rule holds; `now` (µs UTC) is the time of those that say
        none."""
        if not records:
            return []
        known = self.look(acts_of(records, now))
        known[ALIKE] = self._spellings.of([record.get("user") for record in records], self._stamp)
        return [
            {name: value for name, value in zip(FACTS, row, strict=True) if value == value}  # NaN equals nothing
            for row in known.T.tolist()
        ]

    def columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame of events (columns as `clean.many` has them, `held` among them) with the columns of FACTS."""
        at = pl.col("at").cast(pl.Int64, strict=False)
        good = (frame["held"].is_null() & frame.select(at.is_not_null()).to_series()).arg_true()
        whole = len(good) == len(frame)
        clean = (frame if whole else frame[good.to_numpy()]).with_columns(at)
        known = self.look(acts_in(clean))
        known[ALIKE] = self._spellings.within(clean["user"], self._stamp)
        if not whole:
            seen, known = known, np.full((len(FACTS), len(frame)), np.nan)
            known[:, good.to_numpy()] = seen
        return frame.with_columns(pl.Series(name, known[n], nan_to_null=True) for n, name in enumerate(FACTS))

    def look(self, acts: Acts) -> Doubles:
        """Learns these events, then says FACTS of each but `alike`: float64[facts, events], NaN where unknown."""
        self._stamp += 1
        known = np.full((len(FACTS), len(acts.who)), np.nan)
        clicks = np.flatnonzero(ON_A_PAGE[acts.kind] & (acts.kind >= 0))
        if len(clicks):
            rows = clicks[np.lexsort((acts.at[clicks], acts.who[clicks]))] if len(clicks) > 1 else clicks
            known[PACE, rows] = self._paces.look(acts, rows, self._stamp)
        if len(clicks) < len(acts.who):
            bought = np.flatnonzero((acts.kind == PURCHASE) & (acts.item != 0))
            if len(bought):
                self._look_at_prices(acts, bought, known)
                self._look_at_quantities(acts, bought, known)
        return known

    def _look_at_prices(self, acts: Acts, bought: Longs, known: Doubles) -> None:
        price = acts.price[bought]
        log = np.log(price, out=np.full(len(price), np.nan), where=(price > 0) & np.isfinite(price))
        usual = self._prices.look(acts.money[bought], log, self._stamp)
        known[PRICE, bought] = usual[:3]
        steady = np.flatnonzero((usual[2] >= FEWEST) & (usual[1] <= STEADY) & (price >= FINE))
        if len(steady):
            rows = bought[steady]
            # Without an order, what one shopper bought at one time.
            key = np.where(acts.order[rows] != 0, acts.order[rows], acts.who[rows] ^ (acts.at[rows] * 2 + 1))
            off = (log - usual[0])[steady]
            known[SHIFT, rows] = self._orders.look(key, acts.item[rows], off, price[steady], self._stamp)

    def _look_at_quantities(self, acts: Acts, bought: Longs, known: Doubles) -> None:
        taken = acts.quantity[bought]
        log = np.log(taken, out=np.full(len(taken), np.nan), where=(taken > 0) & np.isfinite(taken))
        usual = self._quantities.look(acts.item[bought], log, self._stamp)
        known[QUANTITY, bought] = usual[:4]
        # A shopper's habit is how many times the usual is taken: everybody takes thousandths of a litre of fuel.
        known[OWN, bought] = self._own.look(acts.who[bought], log - usual[0], self._stamp)[4]
