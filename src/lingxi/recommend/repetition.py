"""Repetition across slates: what a shopper was shown lately without acting on it counts as shown, seen or not yet told.

An impression comes as an event. Until it does, a slate that was answered in the last minutes stands for it: a shopper
who loads the page again has seen it. One answered in this very minute does not count, so that the same request gives
the same slate; with the shopper's next event, of whatever kind, the events say better what was seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from lingxi.recommend._kernels import sunk
from lingxi.recommend.memory import ANSWERED
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import NOBODY, Floats, Ints

if TYPE_CHECKING:
    from lingxi.recommend.record import Trace

SHOWN: Final = "fatigue.shown"
NEVER: Final = np.zeros(1, np.float32)
MINUTE: Final = 60_000_000
LASTING: Final = 10 * MINUTE
SLATES: Final = 4
"""Newest slates that are remembered of a shopper, of this minute and of those before it."""


class Answer(NamedTuple):
    """A slate that was answered at `at` (µs UTC), its items int32[n]."""

    at: int
    items: Ints


def remember(trace: Trace) -> None:
    """Notes that the slate was answered; who was never seen is not told apart from others, and not noted."""
    held = trace.held
    if held is None:
        return
    kept: tuple[Answer, ...] = held.get(ANSWERED, ())
    minute = trace.at // MINUTE
    # What this minute adds may not drive out what it counts.
    earlier = [each for each in kept if each.at // MINUTE < minute][-SLATES:]
    current = [each for each in kept if each.at // MINUTE >= minute][1 - SLATES :]
    held[ANSWERED] = (*earlier, *current, Answer(trace.at, trace.pool.items[trace.chosen]))


def sunk_by(moment: Moment, items: Ints, scores: Floats, unit: float) -> Floats | None:
    """The scores float32[m] of `items`, each that was shown to this shopper s times lately without an act less `unit` ·
    (1 − 2^−s); None where none was."""
    if moment.view is None:
        return None
    met = moment.met(SHOWN) if len(moment.own) else NEVER
    lower, found = sunk(scores, items, met, moment.where_own(items), _waiting(moment), moment.scratch, np.float32(unit))
    return lower if found else None


def _waiting(moment: Moment) -> Ints:
    """The items of the slates of earlier minutes of which no event has come yet."""
    answered: tuple[Answer, ...] = moment.held.get(ANSWERED, ())
    minute, oldest = moment.now // MINUTE, moment.now - LASTING
    waiting = [each.items for each in answered if each.at >= oldest and each.at // MINUTE < minute]
    return np.concatenate(waiting) if waiting else NOBODY
