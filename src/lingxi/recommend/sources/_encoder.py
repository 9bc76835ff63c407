"""The bundle's encoder, and a shopper's encoding: made once after each act."""

from __future__ import annotations

from typing import Any

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats

VECTOR = "vector"
"""What a slate remembers the encoding by."""


def encoder_of(moment: Moment) -> Any:
    """The runtime of the bundle's sequence model; None without one, or for a shopper of whom nothing is known: no
    history, and no traits that it reads."""
    encoder = None if moment.bundle is None else moment.bundle.runtimes.get("sequence")
    history = moment.history
    if encoder is None or len(history):
        return encoder
    return encoder if len(history.traits) and encoder.knows(history.traits) else None


def vector_of(moment: Moment, encoder: Any) -> Floats:
    """The history's encoding float32[d]."""
    return moment.once(VECTOR, lambda: _encode(moment, encoder))


def _encode(moment: Moment, encoder: Any) -> Floats:
    moment.scene.memory.encodes += 1
    vector: Floats = encoder.encode(moment.history, moment.hour)
    return vector
