"""A linear model over what the sources say of each candidate.

Inputs are named `<source>.score`, `<source>.log_rank`, `<feature>.<read>` (an item's or a pair's feature) or
`log <input>`, log(x + 0.001) of one. With a bundle the model is the one fitted on the validation days (component
`blend`, logistic); without one, and on surfaces that none was fitted for, its weights are the surface's own.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lingxi import registry
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Scores, Surface
from lingxi.recommend.pool import Pool

RANKED = "log_rank"
UNRANKED = float(np.log(1000.0))
"""The log rank of what a source did not propose, under fixed weights."""
TINY = np.float32(1e-3)


class Blend:
    """Scores by the bundle's model or by fixed weights."""

    def score(self, moment: Moment, pool: Pool, surface: Surface) -> Scores:
        """Scores of the candidates, with their inputs."""
        model = None
        if surface.learnt is not None and moment.bundle is not None:
            model = moment.bundle.runtimes.get(surface.learnt)
        inputs = tuple(surface.weights) if model is None else model.inputs
        values = matrix(moment, pool, inputs)
        if model is None:
            weights, missing = _fixed(inputs, tuple(surface.weights.values()))
            zero, one = np.zeros_like(weights), np.ones_like(weights)
            total = np.where(np.isnan(values), missing, values) @ weights
            return Scores(total, inputs, values, weights, missing, zero, one)
        total = model.score(values)
        return Scores(total, inputs, values, model.weights, model.missing, model.mean, model.scale)


def matrix(moment: Moment, pool: Pool, inputs: tuple[str, ...]) -> Floats:
    """The inputs of every candidate, float32[m, k]; NaN where one is not known."""
    values = np.empty((len(pool), len(inputs)), dtype=np.float32, order="F")
    for place, name in enumerate(inputs):
        values[:, place] = column(moment, pool, name)
    return values


def column(moment: Moment, pool: Pool, name: str) -> Floats:
    """One input of every candidate, float32[m]."""
    if name.startswith("log "):
        logged: Floats = np.log(column(moment, pool, name[4:]) + TINY)
        return logged
    first, _, last = name.partition(".")
    if last == RANKED:
        return pool.log_ranks(first)
    if last == "score":
        scores: Floats = registry.load("recommend/sources", first, "SOURCE").score(moment, pool, first)
        return scores
    return moment.feature(name, pool.items)


@cache
def _fixed(inputs: tuple[str, ...], weights: tuple[float, ...]) -> tuple[Floats, Floats]:
    missing = [UNRANKED if name.endswith(RANKED) else 0.0 for name in inputs]
    return np.array(weights, dtype=np.float32), np.array(missing, dtype=np.float32)


SCORER = Blend()
