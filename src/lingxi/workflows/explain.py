"""Which of the shopper's own acts weighed most in a slate: what its reasons are made of, with the figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.event import KINDS
from lingxi.recommend.moment import ACTS, hour_of, read_at
from lingxi.recommend.moved import Moved, least_of, moved_by, named
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scene import Scene
from lingxi.runtimes._things import SEARCHED

LIST = 200
"""Items of the model's list, where the surface has none of its own: its scores say which fall is small."""


class Weighed(Struct, frozen=True, kw_only=True):
    """What a shopper did with one item: `kind` is the strongest of their acts on it, `at` the newest of these, and
    `weight` how much the model's score of the picked item falls without all of them. A search has no `item`: what is
    told is all that was searched for."""

    item: str
    kind: str
    at: int
    weight: float


def weighed(
    scene: Scene, *, surface: str, user: str | None, session: str | None, at: int, items: Sequence[str]
) -> dict[str, list[Weighed]]:
    """For each of `items`, shown at `at` (µs UTC), the acts that raised its score the most, the greatest first: those
    that a reason of the model's names (`recommend.moved`).

    The history is read as it stood then, with the bundle of the scene. Empty without a bundle's encoder and for a
    guest; an item has none where no act matters, or where the encoder does not know it.
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
    now = read_at(history, hour_of(user, session, at), at)
    moved = moved_by(encoder, history, now)
    _, scores = encoder.propose(history, now, surface_of(surface).sources.get("sequence", LIST))
    falls = moved.falls(encoder, np.array([scene.state.items.number[name] for name in known], dtype=np.int32))
    least, ids = least_of(scores), scene.state.items.ids
    told = zip(known, named(falls, least), falls.T, strict=True)
    return {name: _told(moved, things, lost, ids) for name, things, lost in told}


def _told(moved: Moved, things: list[int], falls: npt.NDArray[np.float32], ids: Sequence[str]) -> list[Weighed]:
    return [
        Weighed(
            item=ids[moved.items[thing]] if moved.items[thing] != SEARCHED else "",
            kind=KINDS[moved.kinds[thing]],
            at=int(moved.at[thing]),
            weight=round(float(falls[thing]), 6),
        )
        for thing in things
    ]
