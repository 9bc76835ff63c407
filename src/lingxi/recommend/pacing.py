"""Repetition and freshness: scores that fall by what was shown in vain, and rise by what is new, within bounds."""

from __future__ import annotations

from typing import Final

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints
from lingxi.recommend.relevance import span
from lingxi.recommend.repetition import shown_lately

FRESH: Final = "item_age.fresh"
Steps = tuple[tuple[str, Floats], ...]
"""Scores after each step, by its name."""


def paced(moment: Moment, items: Ints, scores: Floats, n: int) -> Steps:
    """The scores float32[m] after `repetition` and after `freshness`; a step that changes nothing is left out.

    What was shown s times moves down by `repetition` · (1 − 2^−s), what is new moves up by `freshness` · its freshness
    (1 today, 1/e after two weeks). The unit is the span between the best score and that of the last of `POOLED · n`: no
    lift passes what is better by more than that share of it.
    """
    down = up = None
    if moment.settings.repetition > 0.0:
        shown = shown_lately(moment, items)
        down = None if shown is None else np.exp2(-shown) - np.float32(1.0)
    if moment.settings.freshness > 0.0:
        up = moment.feature(FRESH, items)
    if down is None and up is None:
        return ()
    unit, steps = span(scores, n), []
    if down is not None:
        scores = scores + np.float32(moment.settings.repetition * unit) * down
        steps.append(("repetition", scores))
    if up is not None:
        scores = scores + np.float32(moment.settings.freshness * unit) * up
        steps.append(("freshness", scores))
    return tuple(steps)
