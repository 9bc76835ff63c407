"""The exam that early stopping listens to: recall at 10 of the following days, for shoppers with a history."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lingxi.domain.history import Interactions
from lingxi.metrics.ranking import recall
from lingxi.models._moments import Batch, Batches
from lingxi.models._past import wanted

Longs = npt.NDArray[np.int64]
K = 10
SHOPPERS = 2000


class Exam:
    """Histories as they stand after the past, and what was bought after it, as the net's rows; a spread of shoppers if
    there are many. `row` int64 maps item numbers to the net's; `until_ms` is on the clock of the moments."""

    def __init__(self, batches: Batches, future: Interactions, row: Longs, until_ms: int) -> None:
        self.batches, self.until_ms = batches, until_ms
        bought = wanted(future.where((future.item >= 0) & (future.shopper >= 0)))
        who = batches.moments.shopper
        shoppers = np.intersect1d(bought.shopper, who)
        shoppers = shoppers[:: max(1, -(-len(shoppers) // SHOPPERS))]
        self.starts = np.searchsorted(who, shoppers, side="left")
        self.ends = np.searchsorted(who, shoppers, side="right")
        pairs = np.unique(np.stack([bought.shopper.astype(np.int64), bought.item.astype(np.int64)]), axis=1)
        spans = zip(np.searchsorted(pairs[0], shoppers), np.searchsorted(pairs[0], shoppers, "right"), strict=True)
        self.relevant = [row[pairs[1, low:high]] for low, high in spans]

    def __len__(self) -> int:
        return len(self.relevant)

    def take(self, score: Callable[[Batch], npt.NDArray[np.float32]]) -> float:
        """Mean recall at 10; items that the net does not know count as missed. NaN without shoppers."""
        hits = np.zeros((len(self), K), dtype=np.bool_)
        for start in range(0, len(self), 64):
            part = slice(start, start + 64)
            asked = np.full(len(self.ends[part]), self.until_ms)
            scores = score(self.batches.newest(self.ends[part], self.starts[part], asked))
            best = np.argpartition(-scores, min(K, scores.shape[1]) - 1, axis=1)[:, :K]
            for place, picks in enumerate(best):
                hits[start + place, : len(picks)] = np.isin(picks, self.relevant[start + place])
        sizes = np.array([len(each) for each in self.relevant], dtype=np.int64)
        return float(recall(hits, sizes, K).mean()) if len(self) else float("nan")
