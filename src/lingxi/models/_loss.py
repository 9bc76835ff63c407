"""Cross-entropy of a batch, by the plan: whole or sampled, in the precision that is fast here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lingxi.models._moments import Batch
from lingxi.models._net import Net
from lingxi.models._schedule import Plan
from lingxi.models._seen import Seen, different
from lingxi.nn.losses import sampled, whole_catalogue
from lingxi.nn.precision import bfloat16_is_fast
from lingxi.nn.softmax import Against
from lingxi.spans import span

Longs = npt.NDArray[np.int64]
SAMPLE = 4096
SPEED = {True: 90e9, False: 45e9}
"""Operations a second of one thread in the whole softmax, with bfloat16 and without: a careful guess, so
that the choice is the same whenever a fit is made again."""
SHARE = 0.8
"""Of the budget, what the whole softmax may take."""


def choose(places: int, items: int, width: int, plan: Plan) -> int:
    """How many items are drawn: 0, the whole catalogue, where it fits the budget with `places` an epoch."""
    work = 6.0 * places * items * width * plan.epochs / SPEED[bfloat16_is_fast()]
    return 0 if work <= SHARE * plan.minutes * 60 * max(plan.threads, 1) else SAMPLE


class Loss:
    """Of `net` over items that were met `counts` int64[v] times; `negatives` 0: against the whole catalogue."""

    def __init__(self, net: Net, counts: npt.NDArray[np.int64], negatives: int) -> None:
        self.net, self.negatives = net, negatives
        self.low = bfloat16_is_fast()
        # Drawn by a flattened count: what is rare is met too, and the correction takes the flattening out again.
        share = (counts + 1.0) ** 0.75
        self.edges = np.cumsum(share / share.sum())
        chance = -np.expm1(max(negatives, 1) * np.log1p(-share / share.sum()))
        self.log_chance = torch.from_numpy(np.log(chance)).float()

    def draw(self, rng: np.random.Generator) -> Longs:
        """A sample of different rows, int64[s]."""
        # In order, so that the search goes through a long table once.
        return different(np.searchsorted(self.edges[:-1], np.sort(rng.random(self.negatives))))

    def whole(self, batch: Batch, seen: Seen, against: Against) -> Tensor:
        """The mean over the batch's places against all items."""
        vectors = self.net.asked(batch, seen.table)
        target, weight = torch.from_numpy(batch.target), torch.from_numpy(batch.weight)
        with span("softmax"):
            return whole_catalogue(vectors, seen.table[:-1], seen.bias, target, weight, against)

    def sampled(self, batch: Batch, seen: Seen, drawn: Longs, chance: Tensor) -> Tensor:
        """The same against what was `drawn`, rows of what is seen, each with the logarithm of its `chance`."""
        vectors = self.net.asked(batch, seen.table)
        target, weight = torch.from_numpy(batch.target), torch.from_numpy(batch.weight)
        with span("softmax"):
            return sampled(vectors, seen.table, seen.bias, target, weight, torch.from_numpy(drawn), chance, self.low)
