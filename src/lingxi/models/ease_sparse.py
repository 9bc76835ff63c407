"""What goes with everything the shopper had, for catalogues of any size: each item's weights are found among the items
nearest to it (the sparse approximation of Steck 2019b, "Markov random fields for collaborative filtering", section 3.2;
the choice by neighbours is that of fsSLIM, Ning and Karypis 2011).

Item j's weights solve (G + λI) w = t over its nearest items S: with G who had two of S together and t who had one of S
and j, it is EASE's own equation, restricted to S. Where the order tells something, both fade with the distance and t
counts what came after j by `back` only: the linear model of sessions of Choi et al. 2021 (SLIST), restricted likewise.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, structs
from scipy.sparse import csr_matrix

from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._choice import Exam, walk
from lingxi.models._near import Listed, Lists, keep_sparse
from lingxi.models._pairs import Visits, followed, visits_of
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Need, Range, Watch
from lingxi.runtimes._cholesky import solve

REACH: Final = 50
SHRINK: Final = 20.0
"""Added to both items' counts when the nearest are looked for, so that one chance meeting is not near."""
TRIED: Final = 30
"""Nearest items that settings are tried with: a tenth of the time, and the same order of settings."""
SOLVED: Final[dict[str, tuple[Any, ...]]] = {
    "fade": (None, 3.0, 6.0),
    "back": (1.0, 0.6, 0.3, 0.1),
    "penalty": (10.0, 30.0, 100.0, 300.0),
    "noise": (0.0, 0.3, 1.0),
}
READ: Final[dict[str, tuple[Any, ...]]] = {
    "places": (None, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
    "days": (None, 14.0, 60.0),
}
At = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`penalty` is λ, and `noise` adds that share of an item's own count to it (the noise of a denoising autoencoder,
    Steck 2020); `among`: how many nearest items weights are found for; `neighbours` kept of each item; `least`,
    `longest`, `gap_minutes`, `fade`, `back`, `acts`, `days`, `places` mean what they mean in `item_knn`.

    Validation chooses `penalty`, `noise`, `fade`, `back` and how a history is read.
    """

    penalty: At = 100.0
    noise: Annotated[float, Meta(ge=0)] = 0.0
    among: Annotated[int, Meta(ge=1, le=2_000)] = 100
    neighbours: Annotated[int, Meta(ge=1, le=10_000)] = 300
    least: Annotated[int, Meta(ge=1)] = 1
    longest: Annotated[int, Meta(ge=2)] = 500
    gap_minutes: Annotated[float, Meta(ge=0)] = 0.0
    fade: At | None = None
    back: Annotated[float, Meta(ge=0, le=1)] = 1.0
    acts: Annotated[int, Meta(ge=1)] = 100
    days: At | None = None
    places: At | None = None
    threads: Annotated[int, Meta(ge=1)] = 2


SPACE = {
    **READ,
    "penalty": Range(3.0, 1000.0, log=True),
    "noise": Range(0.0, 1.0),
    "fade": SOLVED["fade"],
    "back": Range(0.0, 1.0),
    "among": (30, 100, 300),
}


class EaseSparse(Listed[Config]):
    """Weights of every item for the items near to it."""

    def need(self, past: Interactions, goods: Goods) -> Need:  # noqa: ARG002 (the past decides)
        """Pairs, at most a hundred beside each act and never more than all pairs; and each item's lists."""
        items = int(np.count_nonzero(np.bincount(np.maximum(past.item, 0), minlength=1)))
        pairs = min(len(past) * 2 * REACH, items * items)
        lists = items * (self.config.among + self.config.neighbours) * 8
        return Need(len(past) * 60 + 4 * pairs * 8 + 2 * lists, "a larger `least`, a smaller `longest` or `among`")

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Solves one small system an item.

        Raises:
            NotEnoughData: fewer than 2 shoppers, 2 items or 10 events with an item.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=10, items=2, shoppers=2)
        visits = visits_of(acts, self.config.gap_minutes, self.config.longest, self.config.least)
        self.ids = [goods.ids[number] for number in visits.known]
        work = _Work(visits)
        found = {} if validation is None else self._choose(work, Exam(past, validation, visits.known, until), watch)
        self.config = structs.replace(self.config, **found)
        self.near, self.likeness = work.lists(self.config)
        watch("ease_sparse", 1.0)
        return found

    def _choose(self, work: _Work, exam: Exam, watch: Watch) -> dict[str, Any]:
        solved: dict[tuple[Any, ...], Any] = {}
        tried = 0

        def judge(settings: dict[str, Any]) -> float:
            nonlocal tried
            config = structs.replace(self.config, among=min(self.config.among, TRIED), **settings)
            key = tuple(settings[name] for name in SOLVED)
            if key not in solved:
                tried += 1
                watch("ease_sparse", min(0.9, tried / 20))
                solved.clear()
                solved[key] = work.lists(config)
            return exam.lists(*solved[key], acts=config.acts, days=config.days, places=config.places)

        names = (*SOLVED, *READ)
        return walk({name: getattr(self.config, name) for name in names}, {**READ, **SOLVED}, judge)


class _Work:
    """What fits of one past share: who follows whom, by how it fades."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits
        self._after: tuple[float | None, Any] | None = None

    def lists(self, config: Config) -> Lists:
        """The kept weights by the item that was had."""
        if self._after is None or self._after[0] != config.fade:
            self._after = config.fade, followed(self.visits, config.fade, 0.0, REACH, 0.5)
        after, size = self._after[1], len(self.visits.known)
        aim = (after + config.back * after.T).tocsr()
        shared = (after + after.T).tocsr() * np.float32(1.0 if config.fade is None else np.exp(-1.0 / config.fade))
        norm = 1.0 / np.sqrt(self.visits.count + SHRINK)
        among = min(config.among, max(size - 1, 1))
        nearest, _ = keep_sparse(aim.T.tocsr(), among, norm, own=self.visits.again)
        weights = _solved(shared, self.visits.count + shared.diagonal(), aim.T.tocsr(), nearest, config)
        kept = nearest >= 0
        target = np.repeat(np.arange(size), kept.sum(axis=1))
        whole = csr_matrix((weights[kept], (nearest[kept], target)), shape=(size, size))
        return keep_sparse(whole, min(config.neighbours, max(size - 1, 1)), by_size=True, own=self.visits.again)


def _solved(shared: Any, own: npt.NDArray[np.float64], aim: Any, nearest: Any, config: Config) -> Any:
    """The weights float32[rows, among] of each row's nearest, solved in blocks of rows on `threads` threads."""
    shared.sort_indices()
    whole = (own * (1.0 + config.noise) + config.penalty).astype(np.float32)
    weights = np.zeros(nearest.shape, dtype=np.float32)
    edges = np.linspace(0, len(nearest), 8 * config.threads + 1).astype(np.int64)

    def rows(block: int) -> None:
        low, high = edges[block], edges[block + 1]
        parts = (shared.indptr, shared.indices, shared.data.astype(np.float32, copy=False), whole)
        _solve(*parts, aim.indptr, aim.indices, aim.data.astype(np.float32, copy=False), nearest, low, high, weights)

    with ThreadPoolExecutor(config.threads) as pool:
        list(pool.map(rows, range(len(edges) - 1)))
    return weights


@unlocked
def _solve(
    indptr: Any, indices: Any, data: Any, own: Any, to: Any, whom: Any, aim: Any, nearest: Any, low: int, high: int,
    weights: Any,
) -> None:  # pragma: no cover  # fmt: skip
    """Fills the rows `low` to `high` of `weights`: Cholesky over each row's nearest."""
    size = nearest.shape[1]
    place = np.full(len(own), -1, np.int32)
    system, right = np.empty((size, size), np.float32), np.empty(size, np.float32)
    for row in range(low, high):
        n = 0
        while n < size and nearest[row, n] >= 0:
            place[nearest[row, n]] = n
            n += 1
        system[:n, :n] = np.float32(0.0)
        right[:n] = np.float32(0.0)
        for a in range(n):
            item = nearest[row, a]
            for k in range(indptr[item], indptr[item + 1]):
                b = place[indices[k]]
                if 0 <= b < a:
                    system[a, b] = data[k]
            system[a, a] = own[item]
        for k in range(to[row], to[row + 1]):
            if place[whom[k]] >= 0:
                right[place[whom[k]]] = aim[k]
        for a in range(n):
            place[nearest[row, a]] = -1
        solve(system, right, n)
        weights[row, :n] = right[:n]


def build(config: Config, seed: int) -> EaseSparse:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return EaseSparse(config)
