"""A model over what the sources and the features say of each candidate.

Inputs are named
    `<source>.score`     what the source makes of the candidate,
    `<source>.log_rank`  the logarithm of its rank in the source's list, one behind the last where it is not in it,
    `<source>.lead`      log(1000 / rank), 0 where it is not in it,
    `<feature>.<read>`   a feature of the item, or of the shopper with it,
    `new`                1 for what the shopper never bought, else 0,
    `log <input>`        log(x + 0.001), and `<input> * <input>`.
With a bundle the model is the one fitted on the validation days: the component `ranker` (trees or a net, where one was
better) or `blend` (logistic). Without one, and on surfaces that none was fitted for, its weights are the surface's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.recommend._kernels import spread_out
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Scores, Surface
from lingxi.recommend.pool import Pool
from lingxi.recommend.scorers._plan import TINY, follow, parse, plan_of
from lingxi.runtimes.linear import Linear


class Blend:
    """Scores by the bundle's model or by fixed weights."""

    def score(self, moment: Moment, pool: Pool, surface: Surface) -> Scores:
        """Scores of the candidates, with their inputs."""
        model = self._model(moment, surface)
        values = matrix(moment, pool, model.inputs)
        return Scores(model.score(values), model.inputs, values, model)

    def _model(self, moment: Moment, surface: Surface) -> Any:
        """The first of what the surface may be scored by that the bundle has."""
        held: Mapping[str, Any] = {} if moment.bundle is None else moment.bundle.runtimes
        for name in surface.learnt:
            if name in held:
                return held[name].towards(moment.settings.goals)
        return fixed(surface)


def matrix(moment: Moment, pool: Pool, inputs: tuple[str, ...]) -> Floats:
    """The inputs of every candidate, float32[m, k]; NaN or infinite where one is not known."""
    plan = plan_of(inputs)
    values = np.empty((plan.rows, len(pool)), dtype=np.float32)
    rows, names = plan.own
    if names:
        own = moment.once(f"own of {names}", lambda: _own_table(moment, names))
        spread_out(own, moment.where_own(pool.items), rows, values)
    for row, name in plan.features:
        values[row] = moment.feature(name, pool.items)
    for row, source in plan.scores:
        values[row] = registry.load("recommend/sources", source, "SOURCE").score(moment, pool, source)
    follow(plan.steps, values, pool.log_rank, _lists(plan.sources, pool.names), pool.behind)
    return values[: len(inputs)].T


def _own_table(moment: Moment, names: tuple[str, ...]) -> Floats:
    """A row for each of `names`, a column for each item that the shopper met, one more for all that they never met."""
    table = np.empty((len(names), len(moment.own) + 1), dtype=np.float32)
    for row, name in zip(table, names, strict=True):
        how, read, _ = parse(name)
        if how == "new":
            row[:] = moment.met("own_frequency.count") == 0
        else:
            row[:] = moment.met(read)
        if how == "log":
            np.log(row + TINY, out=row)
    return table


@cache
def _lists(sources: tuple[str, ...], names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """The place of each of `sources` among the `names` of a pool, int64[sources]; −1 where it proposed nothing."""
    return np.array([names.index(each) if each in names else -1 for each in sources], dtype=np.int64)


@cache
def fixed(surface: Surface) -> Linear:
    """The fixed weights of a surface."""
    weights = np.array(list(surface.weights.values()), dtype=np.float32)
    zeros, ones = np.zeros_like(weights), np.ones_like(weights)
    return Linear(tuple(surface.weights), missing=zeros, mean=zeros, scale=ones, weights=weights, bias=0.0)


SCORER = Blend()
