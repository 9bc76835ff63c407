"""Where the time of a slate goes: requests as they came, or made up, answered once more with a clock at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from lingxi import registry
from lingxi.domain.errors import LingxiError, NotEnoughData
from lingxi.domain.slate import Query
from lingxi.ports.slates import SlateRow
from lingxi.recommend.ahead import ahead
from lingxi.recommend.counts import Counts
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.spans import Line, span, watched
from lingxi.state.state import State

ID: Final = "0" * 36
WARM: Final = 4
"""One request in so many is answered before the clock starts: a server that has run for a while has its lists ready."""
WHOLE: Final = "slate"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Profiled:
    """`lines` are of `slates` slates in all; `real`: their requests were real ones, of `model`."""

    lines: list[Line]
    slates: int
    real: bool
    model: str | None


def profile(scene: Scene, shown: Sequence[SlateRow], slates: int, seed: int) -> Profiled:
    """Answers the requests of the slates `shown` (newest first) once more; where there are none, `slates` made-up ones.

    Raises:
        NotEnoughData: the shop has neither slates nor shoppers nor items.
    """
    real = _asked(shown)
    queries = real or _made_up(scene.state, slates, seed)
    counts, done = Counts(), 0
    for query in queries[: max(1, len(queries) // WARM)]:
        _answered(query, scene, counts)
    with watched() as seen:
        for query in queries:
            done += _answered(query, scene, counts)
    if not done:
        what = "no slate could be made"
        raise NotEnoughData(what, where="the shop", remedy="post items (POST /v1/items) or import a catalogue first")
    return Profiled(seen.lines(), done, bool(real), None if scene.bundle is None else scene.bundle.id)


def _answered(query: Query, scene: Scene, counts: Counts) -> bool:
    """Makes one slate as the server does, but for HTTP and the disk; whether it could."""
    try:
        with span(WHOLE):
            with span("look ahead"):
                wanted = ahead(query, scene)
            if wanted.works:
                scene.memory.encodes += len(wanted.works)
                wanted.held.update(wanted.run(reasons=False))
            slate, trace = recommend(query, scene, ID, moment=wanted.moment)
            with span("record"):
                trace.outline()
                counts.add(slate, trace, query.n)
            with span("json"):
                _encode(slate)
    except LingxiError:
        return False
    return True


def _asked(shown: Sequence[SlateRow]) -> list[Query]:
    """The requests of slates, oldest first; an older version did not keep them, and had other surfaces perhaps."""
    surfaces = registry.names("recommend/surfaces")
    return [row.query for row in reversed(shown) if row.query is not None and row.query.surface in surfaces]


def _made_up(state: State, slates: int, seed: int) -> list[Query]:
    """Requests for the first page by the shop's shoppers, the k-th of a random order with a chance of 1 / k."""
    names = [name[2:] for name in state.shopper_ids if name.startswith("u:")]
    if not names:
        return [Query()] * slates
    rng = np.random.default_rng(seed)
    chance = 1.0 / np.arange(1, len(names) + 1)
    drawn = rng.choice(rng.permutation(len(names)), size=slates, p=chance / chance.sum())
    return [Query(user=names[number]) for number in drawn.tolist()]
