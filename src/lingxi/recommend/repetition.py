"""Repetition across slates: what a shopper was shown lately without acting on it counts as shown, seen or not yet told.

An impression comes as an event. Until it does, a slate that was answered in the last minutes stands for it: a shopper
who loads the page again has seen it. One answered in this very minute does not count, so that the same request gives
the same slate; with the shopper's next event, of whatever kind, the events say better what was seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from lingxi.recommend.memory import ANSWERED
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints

if TYPE_CHECKING:
    from lingxi.recommend.record import Trace

SHOWN: Final = "fatigue.shown"
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


def shown_lately(moment: Moment, items: Ints) -> Floats | None:
    """How often each of `items` was shown to this shopper lately without an act, float32[m]; None where none was."""
    if moment.view is None:
        return None
    shown = moment.own_column(SHOWN, items) if len(moment.own) else np.zeros(len(items), np.float32)
    marks, found = moment.scene.memory.marks, bool(shown.any())
    for answer in _waiting(moment):
        marks[answer.items] = True
        shown = shown + marks[items]
        marks[answer.items] = False
        found = True
    return shown if found else None


def _waiting(moment: Moment) -> list[Answer]:
    """The slates of earlier minutes of which no event has come yet."""
    answered: tuple[Answer, ...] = moment.held.get(ANSWERED, ())
    minute, oldest = moment.now // MINUTE, moment.now - LASTING
    return [each for each in answered if each.at >= oldest and each.at // MINUTE < minute]
