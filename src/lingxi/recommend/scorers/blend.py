"""A linear model over what the sources and the features say of each candidate.

Inputs are named
    `<source>.score`     what the source makes of the candidate,
    `<source>.log_rank`  the logarithm of its rank in the source's list, one behind the last where it is not in it,
    `<source>.lead`      log(1000 / rank), 0 where it is not in it,
    `<feature>.<read>`   a feature of the item, or of the shopper with it,
    `new`                1 for what the shopper never bought, else 0,
    `log <input>`        log(x + 0.001), and `<input> * <input>`.
With a bundle the model is the one fitted on the validation days (component `blend`, logistic); without one, and on
surfaces that none was fitted for, its weights are the surface's own.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lingxi import registry
from lingxi.recommend.moment import Moment, is_own
from lingxi.recommend.parts import Floats, Scores, Surface
from lingxi.recommend.pool import Pool

TINY = np.float32(1e-3)


class Blend:
    """Scores by the bundle's model or by fixed weights."""

    def score(self, moment: Moment, pool: Pool, surface: Surface) -> Scores:
        """Scores of the candidates, with their inputs."""
        model = None
        if surface.learnt is not None and moment.bundle is not None:
            model = moment.bundle.runtimes.get(surface.learnt)
        if model is None:
            inputs, weights, zero, one = fixed(surface)
            values = matrix(moment, pool, inputs)
            return Scores(values @ weights, inputs, values, weights, zero, zero, one)
        values = matrix(moment, pool, model.inputs)
        total = model.score(values)
        return Scores(total, model.inputs, values, model.weights, model.missing, model.mean, model.scale)


def matrix(moment: Moment, pool: Pool, inputs: tuple[str, ...]) -> Floats:
    """The inputs of every candidate, float32[m, k]; NaN or infinite where one is not known."""
    values = np.empty((len(inputs), len(pool)), dtype=np.float32)
    rows, names = _of_own(inputs)
    made: dict[str, Floats] = {}
    if names:
        own = moment.once(f"own of {names}", lambda: _own_table(moment, names))
        values[rows] = read = own.take(moment.where_own(pool.items), axis=1, mode="wrap")
        made.update(zip(names, read, strict=True))
    for place, name in enumerate(inputs):
        if name not in made:
            values[place] = column(moment, pool, name, made)
    return values.T


def _own_table(moment: Moment, names: tuple[str, ...]) -> Floats:
    """A row for each of `names`, a column for each item that the shopper met, one more for all that they never met."""
    return np.stack([_own_row(moment, *_parse(name)) for name in names])


def _own_row(moment: Moment, how: str, name: str, _: str) -> Floats:
    if how == "new":
        never: Floats = (moment.met("own_frequency.count") == 0).astype(np.float32)
        return never
    met = moment.met(name)
    return met if how == "feature" else np.log(met + TINY)


@cache
def _of_own(inputs: tuple[str, ...]) -> tuple[list[int], tuple[str, ...]]:
    """The places of the inputs that depend on nothing but the shopper's own acts on an item, and their names."""
    found = [
        (place, name)
        for place, name in enumerate(inputs)
        for how, left, _ in [_parse(name)]
        if how == "new" or (how in ("feature", "log") and is_own(left))
    ]
    return [place for place, _ in found], tuple(name for _, name in found)


def column(moment: Moment, pool: Pool, name: str, made: dict[str, Floats]) -> Floats:
    """One input of every candidate, float32[m]; `made` holds those that were read for others."""
    held = made.get(name)
    if held is None:
        held = made[name] = _make(moment, pool, name, made)
    return held


def _make(moment: Moment, pool: Pool, name: str, made: dict[str, Floats]) -> Floats:
    how, left, right = _parse(name)
    if how == "feature":
        return moment.feature(name, pool.items)
    if how == "log":
        logged: Floats = np.log(column(moment, pool, left, made) + TINY)
        return logged
    if how == "product":
        product: Floats = column(moment, pool, left, made) * column(moment, pool, right, made)
        return product
    if how == "new":
        never: Floats = (column(moment, pool, "own_frequency.count", made) == 0).astype(np.float32)
        return never
    if how == "log_rank":
        return pool.log_ranks(left)
    if how == "lead":
        return pool.leads(left)
    scores: Floats = registry.load("recommend/sources", left, "SOURCE").score(moment, pool, left)
    return scores


@cache
def _parse(name: str) -> tuple[str, str, str]:
    """How an input is made, and of what."""
    left, times, right = name.partition(" * ")
    if times:
        return "product", left, right
    if name.startswith("log "):
        return "log", name.removeprefix("log "), ""
    if name == "new":
        return "new", "", ""
    first, _, last = name.partition(".")
    return (last, first, "") if last in ("log_rank", "lead", "score") else ("feature", name, "")


@cache
def fixed(surface: Surface) -> tuple[tuple[str, ...], Floats, Floats, Floats]:
    """The inputs and fixed weights of a surface, with zeros and ones of the same length."""
    weights = np.array(list(surface.weights.values()), dtype=np.float32)
    return tuple(surface.weights), weights, np.zeros_like(weights), np.ones_like(weights)


SCORER = Blend()
