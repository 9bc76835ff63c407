"""From a query to a slate: gather, sift, score, order, explain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.slate import Pick, Query, Slate
from lingxi.recommend.allowed import allowed
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Filter, Ints, Proposal, Reranker, Scorer, Scores, Source, Surface
from lingxi.recommend.pool import Pool, pool_of
from lingxi.recommend.reasons import Reasons, leading
from lingxi.recommend.record import Trace
from lingxi.recommend.scene import Scene
from lingxi.recommend.short import short_of

Bytes = npt.NDArray[np.int8]
Places = npt.NDArray[np.intp]
WIDENED = 200
"""Candidates that an exact pass adds."""


def surface_of(name: str) -> Surface:
    """The surface of that name.

    Raises:
        Unknown: there is none; the remedy lists the nearest names.
    """
    surface: Surface = registry.load("recommend/surfaces", name, "SURFACE")
    return surface


def recommend(query: Query, scene: Scene, request: str = "", surface: Surface | None = None) -> tuple[Slate, Trace]:
    """The slate for a query, and what its record is made from. The same query, state and time give the same slate.

    `surface` overrides the one that the query names: a judge leaves parts out.

    Raises:
        Unknown: there is no such surface, or none of the context's items is known to the shop.
        Invalid: the surface is asked next to items and the query names none, or no price lies between its bounds.
    """
    surface = surface_of(query.surface) if surface is None else surface
    moment = Moment(query, scene)
    _check_bounds(query)
    _check_context(moment, surface)
    pool, code = candidates(moment, surface)
    scores = scorer_of(surface).score(moment, pool, surface)
    chosen = _order(moment, surface, pool, scores, code)
    picks = _picks(moment, pool, scores, chosen)
    model = scene.bundle.id if scene.bundle is not None else None
    short = "" if len(picks) >= query.n else _short(moment, surface)
    slate = Slate(request, query.surface, model, scene.state.cursor, picks, short)
    return slate, Trace(slate, scene.now, scene.state.items.ids, pool, surface.filters, code, scores, chosen)


def gather(moment: Moment, surface: Surface) -> dict[str, Proposal]:
    """What each source proposes."""
    return {name: _source(name).propose(moment, n) for name, n in surface.sources.items()}


def candidates(moment: Moment, surface: Surface) -> tuple[Pool, Bytes]:
    """The candidates, and which filter removed each: int8[m], 0 for what stays.

    Where fewer than `n` stay, the best of what the request allows is added; where the shopper's own filters leave too
    little of that as well, an exact pass over all that every filter allows adds the best of it.
    """
    proposals = gather(moment, surface)
    pool = pool_of(proposals, moment.scene.memory)
    code = sift(moment, surface.filters, pool.items)
    if _enough(moment, code):
        return pool, code
    catalogue, fits = registry.load("recommend/sources", "catalogue", "SOURCE"), allowed(moment)
    if fits.count > WIDENED:
        more = catalogue.first(moment, fits, WIDENED)
        pool = pool_of({**proposals, "catalogue": more}, moment.scene.memory)
        code = sift(moment, surface.filters, pool.items)
        if _enough(moment, code):
            return pool, code
    rows = fits.items[sift(moment, surface.filters, fits.items) == 0]
    if not len(rows):
        return pool, code
    pool = pool_of({**proposals, "catalogue": catalogue.among(moment, rows, WIDENED)}, moment.scene.memory)
    return pool, sift(moment, surface.filters, pool.items)


def _enough(moment: Moment, code: Bytes) -> bool:
    return len(code) - int(np.count_nonzero(code)) >= moment.query.n


def sift(moment: Moment, filters: tuple[str, ...], items: Ints) -> Bytes:
    """The place, from 1, of the first filter that removes an item, int8[len(items)]; 0 for what stays."""
    code = np.zeros(len(items), dtype=np.int8)
    for place, name in enumerate(filters, start=1):
        part: Filter = registry.load("recommend/filters", name, "FILTER")
        keep: Bools | None = part.keep(moment, items)
        if keep is not None and not keep.all():
            code[~keep & (code == 0)] = place
    return code


def scorer_of(surface: Surface) -> Scorer:
    """The surface's scorer."""
    scorer: Scorer = registry.load("recommend/scorers", surface.scorer, "SCORER")
    return scorer


def _source(name: str) -> Source:
    source: Source = registry.load("recommend/sources", name, "SOURCE")
    return source


def _order(moment: Moment, surface: Surface, pool: Pool, scores: Scores, code: Bytes) -> Places:
    """The candidates that are shown, in order."""
    stayed = np.flatnonzero(code == 0)
    items, total, n = pool.items[stayed], scores.total[stayed], moment.query.n
    if surface.reranker is None:
        return stayed[np.lexsort((items, -total))[:n]]
    reranker: Reranker = registry.load("recommend/rerankers", surface.reranker, "RERANKER")
    return stayed[reranker.order(moment, items, total, n)]


def _picks(moment: Moment, pool: Pool, scores: Scores, chosen: Places) -> tuple[Pick, ...]:
    if not len(chosen):
        return ()
    ids, items, total = moment.state.items.ids, pool.items[chosen].tolist(), scores.total[chosen].tolist()
    rows = zip(items, total, leading(pool, scores, chosen), chosen.tolist(), strict=True)
    said = Reasons(moment, pool)
    return tuple(Pick(ids[no], score, source, said.of(source, no, place)) for no, score, source, place in rows)


def _short(moment: Moment, surface: Surface) -> str:
    return short_of(moment, surface.filters, sift(moment, surface.filters, allowed(moment).items))


def _check_bounds(query: Query) -> None:
    if query.price_min is not None and query.price_max is not None and query.price_min > query.price_max:
        what = f"no price is at least {query.price_min} and at most {query.price_max}"
        raise Invalid(what, where="price_min", remedy="swap price_min and price_max")


def _check_context(moment: Moment, surface: Surface) -> None:
    if not surface.context or len(moment.context):
        return
    query = moment.query
    if not query.items:
        raise Invalid(
            f"the surface '{query.surface}' is asked next to an item, and the request names none",
            where="items",
            remedy="add item=<id> to the request",
        )
    raise Unknown(
        f"item '{query.items[0]}' is in no catalog",
        where="items",
        remedy="import it first, or send it in POST /v1/items",
    )
