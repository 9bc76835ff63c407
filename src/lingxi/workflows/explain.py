"""Which of the shopper's own acts weighed most in a slate: measured on the model, by leaving each out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.event import KINDS
from lingxi.domain.history import History
from lingxi.recommend.moment import ACTS
from lingxi.recommend.scene import Scene

NEWEST = 48
"""Acts that are left out, one at a time: the newest."""
NAMED = 3
"""Acts named of each item."""


class Weighed(Struct, frozen=True, kw_only=True):
    """One act of the shopper: `weight` is how much the encoder's score of the picked item falls without it."""

    item: str
    kind: str
    at: int
    weight: float


def weighed(
    scene: Scene, *, user: str | None, session: str | None, at: int, items: Sequence[str]
) -> dict[str, list[Weighed]]:
    """For each of `items`, shown at `at` (µs UTC), the acts that raised its score the most, the greatest first.

    The history is read as it stood then, with the bundle of the scene. Empty without a bundle's encoder, for a guest,
    and for an item that no act raised or that the encoder does not know.
    """
    encoder = None if scene.bundle is None else scene.bundle.runtimes.get("sequence")
    view = scene.state.shopper(user, session)
    if encoder is None or view is None:
        return {}
    whole = view.history(ACTS)
    history = whole.part(np.flatnonzero(whole.at <= at))
    known = [name for name in items if name in scene.state.items.number]
    if not len(history) or not known:
        return {}
    numbers = np.array([scene.state.items.number[name] for name in known], dtype=np.int32)
    left = np.flatnonzero(history.item >= 0)[-NEWEST:]
    every = np.arange(len(history))
    vectors = encoder.encode_many([history, *(history.part(np.delete(every, place)) for place in left)], at)
    scores = np.stack([encoder.score_vector(vector, numbers) for vector in vectors])
    falls = np.where(np.isfinite(scores[0]), scores[0] - scores[1:], 0.0)
    ids = scene.state.items.ids
    return {name: _named(history, left, falls[:, place], ids) for place, name in enumerate(known)}


def _named(
    history: History, left: npt.NDArray[np.intp], falls: npt.NDArray[np.floating], ids: list[str]
) -> list[Weighed]:
    best = np.argsort(-falls, kind="stable")[:NAMED]
    return [
        Weighed(
            item=ids[history.item[left[row]]],
            kind=KINDS[history.kind[left[row]]],
            at=int(history.at[left[row]]),
            weight=round(float(falls[row]), 6),
        )
        for row in best
        if falls[row] > 0
    ]
