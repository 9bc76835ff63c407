"""Who likes what, by factors: implicit alternating least squares (Hu, Koren and Volinsky 2008) by blocks of coordinates
(iALS++, Rendle et al. 2021), with the regularisation by frequency of "Revisiting the performance of iALS" (2022).

A new shopper needs no training: the vector is solved from the history when asked (runtime `fold_in`), its acts weighed
by how long ago they were.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, structs

from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._choice import Exam, walk
from lingxi.models._factors import READ, Factorised, judged
from lingxi.models._lines import Lines
from lingxi.ports.model import Range, Watch
from lingxi.runtimes._cholesky import solve

Floats = npt.NDArray[np.float32]
TRIED: Final[dict[str, tuple[Any, ...]]] = {
    "unseen_fit": (0.01, 0.03, 0.1, 0.3),
    "penalty_fit": (0.001, 0.003, 0.01),
}
QUICK: Final = {"width": 64, "epochs": 5}
"""How settings are tried."""
At = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`width` factors, `epochs` sweeps. What was not met counts `unseen_fit` towards 0; `penalty_fit` holds vectors
    small, each by (own count + `unseen_fit` · all)^`power`.

    A history is folded in with `unseen` and `penalty` of its own, read by its newest `acts`, `days` and `places` as in
    `item_knn`. Validation chooses all but `width`, `power`, `least`, `acts` and `threads`.
    """

    width: Annotated[int, Meta(ge=1, le=2_000)] = 128
    epochs: Annotated[int, Meta(ge=1)] = 12
    unseen_fit: At = 0.03
    penalty_fit: At = 0.003
    power: Annotated[float, Meta(ge=0, le=1)] = 1.0
    unseen: At = 0.03
    penalty: At = 0.01
    least: Annotated[int, Meta(ge=1)] = 1
    acts: Annotated[int, Meta(ge=1)] = 100
    days: At | None = None
    places: At | None = None
    threads: Annotated[int, Meta(ge=1)] = 2


SPACE = {
    "width": (32, 64, 128, 256),
    "unseen_fit": Range(0.003, 0.3, log=True),
    "penalty_fit": Range(0.0003, 0.03, log=True),
}


class Als(Factorised[Config]):
    """Factors of items by alternating least squares."""

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Sweeps over shoppers and items in turn; `validation` first chooses how, by short fits of few factors.

        Raises:
            NotEnoughData: fewer than 2 shoppers, 2 items or 10 events with an item.
        """
        lines, exam = self._begin(past, goods, until, validation)
        found = {} if exam is None else self._choose(lines, exam, watch)
        self.config = structs.replace(self.config, **found)
        found |= self._sweep(lines, exam, watch)
        self.bias = np.zeros(len(self.ids), np.float32)
        return found

    def _choose(self, lines: Lines, exam: Exam, watch: Watch) -> dict[str, Any]:
        fitted: dict[tuple[Any, ...], Floats] = {}
        tried = 0

        def judge(settings: dict[str, Any]) -> float:
            nonlocal tried
            key = tuple(settings[name] for name in TRIED)
            if key not in fitted:
                tried += 1
                watch("als", min(0.4, tried / 40))
                fitted.clear()
                fitted[key] = factorise(
                    lines, structs.replace(self.config, **QUICK, **dict(zip(TRIED, key, strict=True))), self.seed
                )
            factors = fitted[key]
            return judged(exam, factors, np.zeros(len(factors), np.float32), settings, self.config.acts)

        begin = {name: getattr(self.config, name) for name in (*READ, *TRIED)}
        return walk(begin, {**READ, **TRIED}, judge)

    def _sweep(self, lines: Lines, exam: Exam | None, watch: Watch) -> dict[str, Any]:
        """Fits to the end, or to the best epoch where there is an exam."""
        reading = {name: getattr(self.config, name) for name in READ}
        best, found, curve = -1.0, self.config.epochs, []
        for epoch, factors in enumerate(sweeps(lines, self.config, self.seed), start=1):
            watch("als", 0.4 + 0.6 * epoch / self.config.epochs)
            if exam is None:
                self.factors = factors
                continue
            worth = judged(exam, factors, np.zeros(len(factors), np.float32), reading, self.config.acts)
            curve.append({"epoch": float(epoch), "ndcg": worth})
            if worth > best:
                best, found, self.factors = worth, epoch, factors.copy()
        return {} if exam is None else {"epochs": found, "curve": curve}


def factorise(lines: Lines, config: Config, seed: int) -> Floats:
    """The items' factors after all epochs."""
    last: Floats
    *_, last = sweeps(lines, config, seed)
    return last


def sweeps(lines: Lines, config: Config, seed: int) -> Any:
    """Yields the items' factors float32[rows, width] after each epoch; the array is used again."""
    matrix = lines.matrix()
    turned = matrix.T.tocsr()
    rng = np.random.default_rng(seed)
    spread = 0.1 / np.sqrt(config.width)
    items = rng.normal(0, spread, (matrix.shape[1], config.width)).astype(np.float32)
    shoppers = rng.normal(0, spread, (matrix.shape[0], config.width)).astype(np.float32)
    with ThreadPoolExecutor(config.threads) as pool:
        for _ in range(config.epochs):
            _side(pool, matrix, shoppers, items, config)
            _side(pool, turned, items, shoppers, config)
            yield items


def _side(pool: ThreadPoolExecutor, matrix: Any, mine: Floats, other: Floats, config: Config) -> None:
    """One sweep over the vectors of one side."""
    gram = (config.unseen_fit * (other.T @ other)).astype(np.float32)
    own = np.diff(matrix.indptr) + config.unseen_fit * len(other)
    penalty = (config.penalty_fit * own**config.power).astype(np.float32)
    edges = np.linspace(0, len(mine), 8 * config.threads + 1).astype(np.int64)
    spans = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    list(pool.map(lambda span: _solve(matrix.indptr, matrix.indices, mine, other, gram, penalty, *span), spans))


@unlocked
def _open(vector: Any, other: Any, near: Any, missed: Any) -> None:  # pragma: no cover
    """`missed`: by how much the vector is off at each act."""
    for i in range(len(near)):
        total = np.float32(-1.0)
        for k in range(len(vector)):
            total += vector[k] * other[near[i], k]
        missed[i] = total


def _rows(
    vector: Any,
    other: Any,
    near: Any,
    missed: Any,
    gram: Any,
    penalty: Any,
    first: int,
    n: int,
    system: Any,
    right: Any,
) -> None:  # pragma: no cover
    """The Hessian and the gradient of `n` coordinates from `first` on."""
    for a in range(n):
        total = penalty * vector[first + a]
        for k in range(len(vector)):
            total += gram[first + a, k] * vector[k]
        right[a] = total
        for b in range(a + 1):
            system[a, b] = gram[first + a, first + b]
        system[a, a] += penalty
    for i in range(len(near)):
        y = other[near[i], first : first + n]
        for a in range(n):
            right[a] += missed[i] * y[a]
            for b in range(a + 1):
                system[a, b] += y[a] * y[b]


_fill = unlocked(_rows, fastmath={"reassoc", "contract", "nsz"})
"""Free to add in any order, it takes many numbers at a time."""


@unlocked
def _solve(
    indptr: Any, indices: Any, mine: Any, other: Any, gram: Any, penalty: Any, low: int, high: int
) -> None:  # pragma: no cover
    """Newton's step for each 32 coordinates of the vectors `low` to `high` of `mine`."""
    d = mine.shape[1]
    system, right = np.empty((32, 32), np.float32), np.empty(32, np.float32)
    for u in range(low, high):
        vector, near = mine[u], indices[indptr[u] : indptr[u + 1]]
        missed = np.empty(len(near), np.float32)
        _open(vector, other, near, missed)
        for first in range(0, d, 32):
            n = min(32, d - first)
            _fill(vector, other, near, missed, gram, penalty[u], first, n, system, right)
            solve(system, right, n)
            for a in range(n):
                vector[first + a] -= right[a]
                for i in range(len(near)):
                    missed[i] -= right[a] * other[near[i], first + a]


def build(config: Config, seed: int) -> Als:
    """An unfitted model."""
    return Als(config, seed)
