"""What is answered where there is no time for a slate of its own: one shown before, or what everybody buys."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec.structs import replace as replaced

from lingxi.domain.slate import Pick, Query, Slate
from lingxi.recommend.ladder import LEFT_OUT, RANK, Rung, lighter
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import filters_of, recommend, sift, surface_of
from lingxi.recommend.scene import Scene

SPARE: Final = 3
MOST: Final = 100
"""So many times the picks of a slate are made for everybody, at most as many as a query may ask for."""


def again(
    query: Query, scene: Scene, shown: Slate, request: str, cheaper: tuple[str, ...] = LEFT_OUT[Rung.CACHED]
) -> Slate:
    """What was shown for the same query, less what its filters and merchant rules would remove now; quotas are not
    counted anew. It keeps its model. Where the shopper has not acted since, or it says nothing of them, it knows by its
    filters all that a slate knows now."""
    surface = surface_of(query.surface)
    moment = Moment(query, scene)
    number = scene.state.items.number
    items = np.array([number[pick.item] for pick in shown.picks], dtype=np.int32)
    stays = (sift(moment, filters_of(moment, surface), items) == 0).tolist()
    picks = _left(shown.picks, stays)[: query.n]
    short = "" if len(picks) >= query.n else _short(shown, stays.count(False))
    return Slate(request, shown.surface, shown.model, scene.seq, picks, cheaper, shown.unmet, short)


def _left(picks: tuple[Pick, ...], stays: list[bool]) -> tuple[Pick, ...]:
    """The picks that stay. One that moves up was drawn for another place: it has no propensity here."""
    if all(stays):
        return picks
    gone = stays.index(False)
    moved = (pick for pick, stay in zip(picks[gone:], stays[gone:], strict=True) if stay)
    return (*picks[:gone], *(each if each.propensity is None else replaced(each, propensity=None) for each in moved))


def _short(shown: Slate, gone: int) -> str:
    """Why a slate that is shown again is short: it was before, or some of it must not be shown any more."""
    said = [shown.short] if shown.short else []
    if gone:
        said.append(f"of {len(shown.picks)} picks shown before {gone} must not be shown any more")
    return "; ".join(said)


def popular(query: Query, scene: Scene, request: str, after: int = 0) -> Slate:
    """What everybody would be shown for the query, made once for all in a few seconds, less what this shopper must not
    be shown; made for this shopper alone where too few are left, or where it does not know the change `after`."""
    anybody = replaced(query, user=None, session=None, n=min(SPARE * query.n, MOST), exclude=(), explain=False)
    surface, cheaper = lighter(surface_of(query.surface), Rung.POPULAR), LEFT_OUT[Rung.POPULAR]
    made = scene.memory.list(
        ("popular slate", anybody, scene.state.rules_seq),
        scene.now,
        lambda: recommend(anybody, scene, request, surface, cheaper)[0],
    )
    if made.seq >= after:
        slate = again(query, scene, made, request, cheaper)
        if len(slate.picks) == query.n:
            return slate
    return recommend(query, scene, request, surface, cheaper)[0]


def by_model(slate: Slate) -> bool:
    """Whether the model had a say in a slate: not where it was ordered without it."""
    return slate.model is not None and RANK not in slate.cheaper and "popular" not in slate.cheaper
