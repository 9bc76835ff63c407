"""Fits the blend on what the pipeline itself gathers: the same code makes its inputs here and while serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.slate import Query
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import gather, surface_of
from lingxi.recommend.pool import pool_of
from lingxi.recommend.scene import Learnt, Scene
from lingxi.recommend.scorers.blend import matrix
from lingxi.runtimes.linear import Linear
from lingxi.train.blend import fit, near
from lingxi.workflows.judge import JUDGED, Court
from lingxi.workflows.replay import user_of

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

OWN: Final = (
    "own_frequency.days_14",
    "own_frequency.days_30",
    "own_frequency.days_120",
    "log own_frequency.days_30",
    "log own_frequency.days_120",
    "log own_frequency.count",
    "log popularity.week",
    "log popularity.month",
    "log purchase_cycle.due",
    "log recency.bought",
    "new",
    "own.log_rank",
    "new * log popularity.month",
    "new * log popularity.week",
)
LEARNT: Final = ("sequence.score", "sequence.log_rank", "new * sequence.score")
"""Inputs that a sequence model adds; it tells most of what is new to the shopper: there it has a weight of its own."""
LOOKS: Final = ("recently_viewed.lead", "co_view.lead", "same_category.lead")
"""Inputs that looks make. Where the log has too few, they keep the surface's fixed weights: a click must count from
the first day."""
NEAR: Final = {"own_frequency.days_120": 40, "log popularity.month": 15, "sequence.score": 15}
SEEN: Final = 0.02
"""The share of candidates in which an input must say something for its weight to be learnt."""


def fit_blend(court: Court, bundle: Learnt | None) -> Linear:
    """The logistic model of what shoppers bought in the days after the court's time.

    Raises:
        NotEnoughData: too few of the candidates were bought.
    """
    learnt = LEARNT if bundle is not None and "sequence" in bundle.runtimes else ()
    inputs = (*OWN, *learnt, *LOOKS)
    rows, bought = _rows(court, bundle, inputs)
    said = (np.abs(np.nan_to_num(rows)) > 0).mean(axis=0) if len(rows) else np.zeros(len(inputs))
    kept = [place for place, name in enumerate(inputs) if name not in LOOKS or said[place] >= SEEN]
    model = fit(tuple(inputs[place] for place in kept), rows[:, kept], bought)
    fixed = surface_of(JUDGED).weights
    return _with(model, {name: fixed[name] for name in LOOKS if name not in model.inputs})


def _rows(court: Court, bundle: Learnt | None, inputs: tuple[str, ...]) -> tuple[Floats, Bools]:
    """The near candidates of every shopper: float32[n, k], and which of them were bought, bool[n]."""
    surface, memory = surface_of(JUDGED), Memory()
    scene = Scene(court.state, bundle, court.at, memory=memory, timezone=court.timezone)
    columns = [(inputs.index(name), count) for name, count in NEAR.items() if name in inputs]
    rows, bought = [], []
    for shopper, wanted in zip(court.truth.shopper.tolist(), court.truth.items, strict=True):
        moment = Moment(Query(surface=JUDGED, user=user_of(shopper)), scene)
        pool = pool_of(gather(moment, surface), memory)
        values = matrix(moment, pool, inputs)
        close = near(values, columns)
        rows.append(values[close])
        bought.append(np.isin(pool.items[close], wanted))
    return np.concatenate([np.zeros((0, len(inputs)), np.float32), *rows]), np.concatenate([np.zeros(0, bool), *bought])


def _with(model: Linear, fixed: Mapping[str, float]) -> Linear:
    """The model with inputs of fixed weight added."""
    weights = np.array(list(fixed.values()), dtype=np.float32)
    zeros, ones = np.zeros_like(weights), np.ones_like(weights)
    return replace(
        model,
        inputs=(*model.inputs, *fixed),
        weights=np.concatenate([model.weights, weights]),
        missing=np.concatenate([model.missing, zeros]),
        mean=np.concatenate([model.mean, zeros]),
        scale=np.concatenate([model.scale, ones]),
    )
