"""From a query to a slate: gather, sift, score, arrange, explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from lingxi import registry
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.slate import Pick, Query, Slate
from lingxi.recommend._kernels import note
from lingxi.recommend.allowed import allowed, ruled
from lingxi.recommend.ladder import ACTS, RERANK, Hurry, hurried
from lingxi.recommend.merchandising.arrange import arrange
from lingxi.recommend.merchandising.demands import SOURCE
from lingxi.recommend.merchandising.standing import FILTER, SOFT
from lingxi.recommend.merchandising.told import Ruling
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Bools, Filter, Ints, Proposal, Scorer, Scores, Source, Surface
from lingxi.recommend.pool import Pool, pool_of
from lingxi.recommend.reasons import leading, reasons_of
from lingxi.recommend.record import Trace
from lingxi.recommend.scene import Scene
from lingxi.recommend.short import short_of
from lingxi.recommend.stages import stage
from lingxi.recommend.varied import Arrangement, vary
from lingxi.spans import spanned

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


def recommend(
    query: Query,
    scene: Scene,
    request: str = "",
    surface: Surface | None = None,
    cheaper: tuple[str, ...] = (),
    moment: Moment | None = None,
    hurry: Hurry | None = None,
) -> tuple[Slate, Trace]:
    """The slate for a query, and what its record is made from. The same query, state, time and seed of
    exploration give the same slate.

    `surface` overrides the one that the query names: a judge leaves parts out, and so does a server under too much
    load, which then says in `cheaper` what. `moment` is that of the query and the scene, if it was made already.
    `hurry` is asked between the steps: what there is no time for any more is left out, and told in `cheaper` as well.
    That acts are not named is told where one might have been.

    Raises:
        Unknown: there is no such surface, or none of the context's items is known to the shop.
        Invalid: the surface is asked next to items and the query names none, or no price lies between its bounds.
    """
    surface = surface_of(query.surface) if surface is None else surface
    moment = Moment(query, scene) if moment is None else moment
    _check_bounds(query)
    _check_context(moment, surface)
    pool, code = candidates(moment, surface)
    scores = _score(moment, pool, surface)
    surface, cheaper = hurried(surface, cheaper, hurry, (ACTS, RERANK))
    arranged, scores, ruling = _ruled(moment, surface, pool, scores, code)
    surface, cheaper = hurried(surface, cheaper, hurry, (ACTS,))
    moment.named = surface.named
    chosen, rules = arranged.shown, None if ruling is None else ruling.arranged
    labels, unmet = ({}, ()) if rules is None else (rules.labels, rules.unmet)
    shown = scores.of(chosen)
    picks = _picks(moment, pool, shown, chosen, labels, arranged.chances())
    if cheaper == (ACTS,) and not any(_source(name).unnamed(moment) for name in {pick.source for pick in picks}):
        cheaper = ()
    model = scene.bundle.id if scene.bundle is not None else None
    short = "" if len(picks) >= query.n else _short(moment, surface)
    slate = Slate(request, query.surface, model, scene.seq, picks, cheaper, unmet, short)
    filters, held = filters_of(moment, surface), None if moment.view is None else moment.held
    ids = scene.state.items.ids
    return slate, Trace(slate, scene.now, ids, pool, filters, code, scores, chosen, shown, arranged, held, ruling)


@stage("sources")
def gather(moment: Moment, surface: Surface) -> dict[str, Proposal]:
    """What each source proposes."""
    proposals = {name: spanned(name, _source(name).propose, moment, n) for name, n in surface.sources.items()}
    if moment.rules is not None and moment.rules.bringing:
        proposals[SOURCE] = _source(SOURCE).propose(moment, 0)
    return proposals


def filters_of(moment: Moment, surface: Surface) -> tuple[str, ...]:
    """The surface's filters, and that of the merchant rules where they remove anything."""
    if moment.rules is None or moment.rules.removes is None:
        return surface.filters
    return (*surface.filters, FILTER)


def candidates(moment: Moment, surface: Surface) -> tuple[Pool, Bytes]:
    """The candidates, and which filter removed each: int8[m], 0 for what stays.

    Where fewer than `n` stay, the best of what the request allows is added; where the shopper's own filters leave too
    little of that as well, an exact pass over all that every filter allows adds the best of it.
    """
    proposals, filters = gather(moment, surface), filters_of(moment, surface)
    pool = pool_of(proposals, moment.scene.memory)
    code = sift(moment, filters, pool.items)
    if _enough(moment, code):
        return pool, code
    catalogue, fits = registry.load("recommend/sources", "catalogue", "SOURCE"), ruled(moment)
    if fits.count > WIDENED:
        more = catalogue.first(moment, fits, WIDENED, encoded=surface.encoded)
        pool = pool_of({**proposals, "catalogue": more}, moment.scene.memory)
        code = sift(moment, filters, pool.items)
        if _enough(moment, code):
            return pool, code
    rows = fits.items[sift(moment, filters, fits.items) == 0]
    if not len(rows):
        return pool, code
    more = catalogue.among(moment, rows, WIDENED, encoded=surface.encoded)
    pool = pool_of({**proposals, "catalogue": more}, moment.scene.memory)
    return pool, sift(moment, filters, pool.items)


def _enough(moment: Moment, code: Bytes) -> bool:
    return len(code) - int(np.count_nonzero(code)) >= moment.query.n


@stage("sift")
def sift(moment: Moment, filters: tuple[str, ...], items: Ints) -> Bytes:
    """The place, from 1, of the first filter that removes an item, int8[len(items)]; 0 for what stays."""
    code = np.zeros(len(items), dtype=np.int8)
    for place, name in enumerate(filters, start=1):
        part: Filter = registry.load("recommend/filters", name, "FILTER")
        keep: Bools | None = spanned(name, part.keep, moment, items)
        if keep is not None:
            note(keep, place, code)
    if moment.rules is not None and moment.rules.insists is not None:
        _let_in(moment, filters, items, code)
    return code


def _let_in(moment: Moment, filters: tuple[str, ...], items: Ints, code: Bytes) -> None:
    """Lets in what is pinned, where nothing but the shop's own caution keeps it out."""
    hard = _hard(filters)
    if moment.rules is None or len(hard) == len(filters):
        return
    rows = moment.rules.insisted(items, code > 0)
    if len(rows):
        code[rows[sift(moment, hard, items[rows]) == 0]] = 0


@cache
def _hard(filters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in filters if name not in SOFT)


@stage("score")
def _score(moment: Moment, pool: Pool, surface: Surface) -> Scores:
    return scorer_of(surface).score(moment, pool, surface)


def scorer_of(surface: Surface) -> Scorer:
    """The surface's scorer."""
    scorer: Scorer = registry.load("recommend/scorers", surface.scorer, "SCORER")
    return scorer


def _source(name: str) -> Source:
    source: Source = registry.load("recommend/sources", name, "SOURCE")
    return source


@stage("order")
def _ruled(
    moment: Moment, surface: Surface, pool: Pool, scores: Scores, code: Bytes
) -> tuple[Arrangement, Scores, Ruling | None]:
    """The candidates that are shown, in order; and what merchant rules did to scores and order, where there are any."""
    rules, stayed, before = moment.rules, code == 0, scores.total
    if rules is not None and rules.scoring:
        scores = replace(scores, total=rules.scored(pool.items, before))
    varied = vary(moment, surface, pool.items, scores.total, stayed)
    if rules is None:
        order = varied.best(varied.there)
        return varied.shown(order, order, stayed), scores, None
    ruled = arrange(moment, rules, pool, varied.total, stayed, varied.best) if rules.ordering else None
    order = varied.best(varied.there) if ruled is None else ruled.usual
    if ruled is None:
        shown = varied.shown(order, order, stayed)
    else:
        shown = varied.shown(order, ruled.chosen, ruled.free, ruled.group)
    filters = filters_of(moment, surface)
    removed = code == (filters.index(FILTER) + 1 if FILTER in filters else -1)
    items = pool.items.copy()
    return shown, scores, Ruling(rules, items, rules.marks(items), before, scores.total, removed, stayed, ruled)


@stage("reasons")
def _picks(
    moment: Moment,
    pool: Pool,
    scores: Scores,
    chosen: Places,
    labels: Mapping[int, str],
    chances: list[float | None],
) -> tuple[Pick, ...]:
    if not len(chosen):
        return ()
    ids, items, total = moment.state.items.ids, pool.items[chosen].tolist(), scores.total.tolist()
    led = leading(pool, scores, chosen)
    rows = zip(items, total, led, reasons_of(moment, pool, led, chosen), chosen.tolist(), chances, strict=True)
    return tuple(
        [
            Pick(ids[no], score, source, reason, labels.get(place, ""), chance)
            for no, score, source, reason, place, chance in rows
        ]
    )


def _short(moment: Moment, surface: Surface) -> str:
    filters = filters_of(moment, surface)
    return short_of(moment, filters, sift(moment, filters, allowed(moment).items))


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
