"""What slates were made of, added up as plain numbers: read when somebody asks, so that a slate pays microseconds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from lingxi.domain.slate import Slate
from lingxi.recommend._kernels import tally
from lingxi.recommend.record import Trace

Longs = npt.NDArray[np.int64]


class Counts:
    """Of one shop, since its engine was opened. Belongs to the thread that owns the state.

    `picked` and `proposed` are by source, `cheaper` by what was left out of slates; `refused` requests got none.
    """

    def __init__(self) -> None:
        self.picked: Counter[str] = Counter()
        self.proposed: Counter[str] = Counter()
        self.cheaper: Counter[str] = Counter()
        self.empty = self.short = self.refused = 0
        self._removed: dict[tuple[str, ...], Longs] = {}

    def add(self, slate: Slate, trace: Trace | None, n: int) -> None:
        """One slate of `n` picks at most; one shown again has no trace."""
        picked, proposed = self.picked, self.proposed
        for pick in slate.picks:
            picked[pick.source] += 1
        if slate.cheaper:
            self.cheaper.update(slate.cheaper)
        self.empty += not slate.picks
        self.short += len(slate.picks) < n
        if trace is None:
            return
        for name, each in trace.pool.proposals.items():
            proposed[name] += len(each.items)
        removed = self._removed.get(trace.filters)
        if removed is None:
            removed = self._removed[trace.filters] = np.zeros(len(trace.filters) + 1, dtype=np.int64)
        tally(trace.code, removed)

    @property
    def removed(self) -> Counter[str]:
        """How many candidates each filter removed."""
        sums: Counter[str] = Counter()
        for filters, counts in self._removed.items():
            sums.update(dict(zip(filters, counts[1:].tolist(), strict=True)))
        return sums
