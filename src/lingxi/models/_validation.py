"""The exam that early stopping listens to: NDCG and recall at 10 of the following days, for who has a history."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from lingxi.domain.history import Interactions
from lingxi.metrics.ranking import ndcg, recall
from lingxi.models._crew import Crew
from lingxi.models._moments import Batches
from lingxi.models._net import Net
from lingxi.models._past import wanted
from lingxi.models._ranks import ranks

Longs = npt.NDArray[np.int64]
K = 10
ASKED, AT_ONCE = 64, 16_000_000
"""Shoppers who are asked together, and scores of theirs, at most."""
SCORES = 400_000_000
"""Of an exam, at most: so many shoppers are asked, a spread of them."""
ONCE = 0.01
"""What is bought again at most, of all that is bought, in a shop where nothing is."""


class Exam:
    """Histories as they stand after the past, and what was bought after it, as the net's rows. `row` int64 maps item
    numbers to the net's; `until_ms` is on the clock of the moments, None to ask each shopper after their last act.

    Where hardly anything is bought twice, what a shopper has had is no answer.
    """

    def __init__(self, batches: Batches, future: Interactions, row: Longs, until_ms: int | None) -> None:
        self.batches = batches
        bought = wanted(future.where((future.item >= 0) & (future.shopper >= 0)))
        who = batches.moments.shopper
        shoppers = np.unique(bought.shopper)
        shoppers = shoppers[np.searchsorted(who, shoppers, side="right") > np.searchsorted(who, shoppers, side="left")]
        shoppers = shoppers[:: max(1, -(-len(shoppers) * int(row.max(initial=1)) // SCORES))]
        starts, ends = np.searchsorted(who, shoppers, side="left"), np.searchsorted(who, shoppers, side="right")
        # Asked together are histories of like length.
        order = np.argsort(ends - starts, kind="stable")
        self.starts, self.ends, shoppers = starts[order], ends[order], shoppers[order]
        pairs = np.unique(np.stack([bought.shopper.astype(np.int64), bought.item.astype(np.int64)]), axis=1)
        low, high = np.searchsorted(pairs[0], shoppers), np.searchsorted(pairs[0], shoppers, "right")
        self.relevant = [row[pairs[1, a:b]] for a, b in zip(low, high, strict=True)]
        last = batches.moments.at[self.ends - 1]
        self.asked_at = last if until_ms is None else np.full(len(last), until_ms)
        self.once = self._bought_again() <= ONCE

    def __len__(self) -> int:
        return len(self.relevant)

    def take(self, net: Net, crew: Crew) -> dict[str, float]:
        """Mean `ndcg` and `recall` at 10; items that the net does not know count as missed. NaN without shoppers."""
        if not len(self):
            return {"ndcg": float("nan"), "recall": float("nan")}
        with torch.inference_mode():
            table = net.table_with_unknown()
        asked = max(1, min(ASKED, AT_ONCE // len(table)))
        parts = [slice(start, start + asked) for start in range(0, len(self), asked)]
        hits = np.concatenate(crew.map(lambda part: self._hits(net, table, part), parts))
        sizes = np.array([len(each) for each in self.relevant], dtype=np.int64)
        return {"ndcg": float(ndcg(hits, sizes, K).mean()), "recall": float(recall(hits, sizes, K).mean())}

    def _hits(self, net: Net, table: torch.Tensor, part: slice) -> npt.NDArray[np.bool_]:
        """bool[shoppers of the part, K]: at which ranks something relevant stands."""
        batch = self.batches.newest(self.ends[part], self.starts[part], self.asked_at[part])
        scores = net.score(batch, table)
        if self.once:
            counts = np.diff(np.append(batch.bag, len(batch.row))).reshape(batch.kind.shape).sum(axis=1)
            known = batch.row < scores.shape[1]
            scores[np.repeat(np.arange(len(scores)), counts)[known], batch.row[known]] = -np.inf
        relevant = self.relevant[part]
        first = np.append(0, np.cumsum([len(each) for each in relevant]))
        rank = ranks(scores, np.concatenate(relevant), first)
        hits = np.zeros((len(scores), K), dtype=np.bool_)
        list_of = np.repeat(np.arange(len(scores)), np.diff(first))
        hits[list_of[rank < K], rank[rank < K]] = True
        return hits

    def _bought_again(self) -> float:
        """The share of what is relevant that is in the shopper's history already."""
        moments = self.batches.moments
        again = [
            np.isin(wanted_, moments.row[moments.line[start] : moments.line[end]]).sum()
            for start, end, wanted_ in zip(self.starts, self.ends, self.relevant, strict=True)
        ]
        return float(sum(again) / max(sum(len(each) for each in self.relevant), 1))
