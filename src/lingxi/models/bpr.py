"""Who prefers what, by factors: Bayesian personalised ranking (Rendle et al. 2009), a shopper's item above one that was
drawn. A new shopper is folded in from the history when asked, as with `als`."""

from __future__ import annotations

from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, structs

from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._choice import Exam, walk
from lingxi.models._factors import READ, Factorised, judged
from lingxi.ports.model import Range, Watch

Floats = npt.NDArray[np.float32]
EVERY: Final = 5
"""Epochs between two looks at the exam."""
At = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`width` factors; `rate` falls to a tenth over `epochs`; `decay` holds vectors small; items are drawn by
    their count to the `popular`-th power: 0 takes all alike, 1 the frequent ones as often as they are.

    `unseen`, `penalty`, `acts`, `days`, `places` say how a history is folded in, as in `als`; validation chooses these
    and `epochs`.
    """

    width: Annotated[int, Meta(ge=1, le=2_000)] = 64
    epochs: Annotated[int, Meta(ge=1)] = 40
    rate: At = 0.05
    decay: Annotated[float, Meta(ge=0)] = 0.005
    popular: Annotated[float, Meta(ge=0, le=1)] = 0.5
    unseen: At = 0.03
    penalty: At = 0.1
    least: Annotated[int, Meta(ge=1)] = 1
    acts: Annotated[int, Meta(ge=1)] = 100
    days: At | None = None
    places: At | None = None


SPACE = {"width": (32, 64, 128), "rate": Range(0.01, 0.2, log=True), "decay": Range(0.0005, 0.05, log=True)}


class Bpr(Factorised[Config]):
    """Factors of items, and what everybody likes, by preference."""

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Stochastic gradient steps, one an act and epoch; `validation` says when to stop.

        Raises:
            NotEnoughData: fewer than 2 shoppers, 2 items or 10 events with an item.
        """
        lines, exam = self._begin(past, goods, until, validation)
        best, found, curve = -1.0, dict[str, Any](), []
        for epoch, factors, bias in self._epochs(lines.matrix()):
            watch("bpr", epoch / self.config.epochs)
            if exam is None or (epoch % EVERY and epoch < self.config.epochs):
                self.factors, self.bias = factors, bias
                continue
            settings, worth = self._reading(exam, factors, bias)
            curve.append({"epoch": float(epoch), "ndcg": worth})
            if worth > best:
                best, found, kept = worth, {"epochs": epoch, **settings}, (factors.copy(), bias.copy())
        if exam is not None:
            self.factors, self.bias = kept
            self.config = structs.replace(self.config, **found)
            found["curve"] = curve
        return found

    def _reading(self, exam: Exam, factors: Floats, bias: Floats) -> tuple[dict[str, Any], float]:
        """How a history is best folded in, and the exam's figure then."""

        def judge(settings: dict[str, Any]) -> float:
            return judged(exam, factors, bias, settings, self.config.acts)

        settings = walk({name: getattr(self.config, name) for name in READ}, READ, judge)
        return settings, judge(settings)

    def _epochs(self, matrix: Any) -> Any:
        """Yields (epoch, factors float32[rows, width], bias float32[rows]); the arrays are used again."""
        config, rng = self.config, np.random.default_rng(self.seed)
        spread = 0.1 / np.sqrt(config.width)
        items = rng.normal(0, spread, (matrix.shape[1], config.width)).astype(np.float32)
        shoppers = rng.normal(0, spread, (matrix.shape[0], config.width)).astype(np.float32)
        bias = np.zeros(matrix.shape[1], np.float32)
        who = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        share = np.bincount(matrix.indices, minlength=matrix.shape[1]) ** config.popular
        edges = np.cumsum(share / share.sum())
        for epoch in range(1, config.epochs + 1):
            order = rng.permutation(len(who))
            drawn = np.minimum(np.searchsorted(edges, rng.random(len(who))), len(edges) - 1)
            rate = config.rate * (1 - 0.9 * (epoch - 1) / config.epochs)
            _learn(
                shoppers,
                items,
                bias,
                who[order],
                matrix.indices[order],
                drawn,
                np.float32(rate),
                np.float32(config.decay),
            )
            yield epoch, items, bias


def _steps(
    shoppers: Any, items: Any, bias: Any, who: Any, what: Any, drawn: Any, rate: Any, decay: Any
) -> None:  # pragma: no cover
    """One step for each act and the item drawn against it."""
    for i in range(len(who)):
        a, b = what[i], drawn[i]
        if a == b:
            continue
        x, y, z = shoppers[who[i]], items[a], items[b]
        ahead = bias[a] - bias[b]
        for k in range(len(x)):
            ahead += x[k] * (y[k] - z[k])
        pull = np.float32(1.0 / (1.0 + np.exp(ahead)))
        bias[a] += rate * (pull - decay * bias[a])
        bias[b] -= rate * (pull + decay * bias[b])
        for k in range(len(x)):
            old, apart = x[k], y[k] - z[k]
            x[k] += rate * (pull * apart - decay * old)
            y[k] += rate * (pull * old - decay * y[k])
            z[k] -= rate * (pull * old + decay * z[k])


_learn = unlocked(_steps, fastmath={"reassoc", "contract", "nsz"})
"""Free to add in any order, it takes many numbers at a time."""


def build(config: Config, seed: int) -> Bpr:
    """An unfitted model."""
    return Bpr(config, seed)
