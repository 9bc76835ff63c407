"""Repetition and freshness: scores that fall by what was shown in vain, and rise by what is new, within bounds."""

from __future__ import annotations

from typing import Final

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints
from lingxi.recommend.relevance import span
from lingxi.recommend.repetition import sunk_by

FRESH: Final = "item_age.fresh"
Steps = tuple[tuple[str, Floats], ...]
"""Scores after each step, by its name."""


def paced(moment: Moment, items: Ints, scores: Floats, n: int) -> Steps:
    """The scores float32[m] after `repetition` and after `freshness`; a step that changes nothing is left out.

    What was shown s times moves down by `repetition` · (1 − 2^−s), what is new moves up by `freshness` · its freshness
    (1 today, 1/e after two weeks). The unit is the span between the best score and that of the last of `POOLED · n`: no
    lift passes what is better by more than that share of it.
    """
    settings, steps = moment.settings, []
    if settings.repetition <= 0.0 and settings.freshness <= 0.0:
        return ()
    unit = span(scores, n)
    if settings.repetition > 0.0:
        lower = sunk_by(moment, items, scores, settings.repetition * unit)
        if lower is not None:
            scores = lower
            steps.append(("repetition", scores))
    if settings.freshness > 0.0:
        scores = scores + np.float32(settings.freshness * unit) * moment.feature(FRESH, items)
        steps.append(("freshness", scores))
    return tuple(steps)
