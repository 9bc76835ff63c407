"""What a training takes beside its fits: the state as it stood, twice, slates of all shoppers, and exports."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from lingxi.train.split import Truth
from lingxi.workflows.deadline import Deadline
from lingxi.workflows.judge import court_of, values
from lingxi.workflows.trials import Ground
from lingxi.workflows.workshop import Workshop

ASKED: Final = 20
"""Shoppers whose slates are timed."""
COURTS, SLATES = 2, 6
"""How often a training makes a state, and asks for everyone's slate or list."""
EXPORTS: Final = 2.0
"""Seconds to write and load what was fitted, each time; nets take longer and have a share of their minutes for it."""
SURE: Final = 1.3
"""How much more than what was measured it may be."""


def rest_of(ground: Ground, shop: Workshop, deadline: Deadline) -> float:
    """Seconds, measured on the past of the trials and a few of its shoppers; at most what is left."""
    started = time.monotonic()
    court = court_of(ground.early, ground.goods, shop.timezone)
    state = time.monotonic() - started
    truth = ground.early.truth
    few = Truth(truth.shopper[:ASKED], truth.items[:ASKED], truth.new[:ASKED])
    started = time.monotonic()
    values(replace(court, truth=few), None, shop.settings)
    slate = (time.monotonic() - started) / max(len(few), 1)
    return min(SURE * (COURTS * state + SLATES * len(truth) * slate + EXPORTS), deadline.left())
