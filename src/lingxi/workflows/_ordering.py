"""Finds what puts the candidates in order: the blend, and a ranker where one is better and there is time to look."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from lingxi.deploy.load import LiveBundle
from lingxi.domain.errors import NotEnoughData
from lingxi.runtimes.linear import Linear
from lingxi.train.split import DAY, Split, split
from lingxi.workflows._blending import fit_blend
from lingxi.workflows._comparing import BLEND
from lingxi.workflows._logged import logged
from lingxi.workflows._order import Order
from lingxi.workflows._ranking import AUTO, NONE, Days, Wish, choose, known
from lingxi.workflows._rehearsal import Stage, Told
from lingxi.workflows._training import Training
from lingxi.workflows.judge import court_of

RANKING: Final = 0.08
"""Of the time given, what the choice of a ranker may take, about."""
STATES: Final = 2
"""Times what the blend takes, before a choice of rankers has lived through anything: it folds two states, and fits the
blend to half of the days."""
LEAST_SECONDS: Final = 10.0
"""In less a choice sees too few slates to be sure of any: states are folded and rankers fitted for nothing."""
HURRIED: Final = "The order is the blend's: train.minutes leave no time to choose a ranker."


def ordered(training: Training, early: Split, bundle: LiveBundle) -> Order:
    """What puts the candidates in order: the blend, and the ranker where one is better."""
    wanted = known(training.options.ranker)
    if wanted == NONE:
        training.notes.append("The surface keeps its fixed weights: train.ranker is none.")
        return Order(None, None, training.folder)
    started = time.monotonic()
    blend = _blend(training, early, bundle)
    seconds = training.options.minutes * 60 * RANKING - STATES * (time.monotonic() - started)
    if wanted == BLEND or seconds < (LEAST_SECONDS if wanted == AUTO else 0.0):
        training.notes += [] if wanted == BLEND else [HURRIED]
        return Order(blend, None, training.folder)
    stage = Stage(training.acts, training.goods, bundle, training.shop.settings, training.shop.timezone)
    hold = int(training.options.holdout_days * DAY)
    days = Days(early.at, early.at + hold, lambda until: _blend_of(training, early.at, until, bundle))
    wish = Wish(wanted, seconds, training.options.seed, _logged(training, days))
    folder = Path(tempfile.mkdtemp(dir=training.folder))
    ranking = choose(stage, days, blend, wish, folder)
    training.notes += [ranking.why] if ranking.why else []
    return Order(blend, ranking.component, folder)


def _blend(training: Training, early: Split, bundle: LiveBundle) -> Linear | None:
    """How the sources are weighed; None where too little happened to learn it, and the surface's weights stay."""
    try:
        return fit_blend(court_of(early, training.goods, training.shop.timezone), bundle)
    except NotEnoughData as error:
        training.notes.append(f"The surface keeps its fixed weights: {error.what}.")
        return None


def _blend_of(training: Training, since: int, until: int, bundle: LiveBundle) -> Linear | None:
    """The same of a part of those days, to be compared on the rest of them."""
    try:
        part = split(training.acts, since, (until - since) / DAY)
        return fit_blend(court_of(part, training.goods, training.shop.timezone), bundle)
    except NotEnoughData:
        return None


def _logged(training: Training, days: Days) -> Told | None:
    """The slates of those days that were shown, if enough of them were kept."""
    return logged(training.shop.slates, training.shop.catalog, training.ids, days.since, days.until)
