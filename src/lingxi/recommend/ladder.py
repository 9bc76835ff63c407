"""The ladder of cheaper slates: what each rung leaves out, before a slate is begun and while it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import IntEnum
from functools import cache
from typing import Any, Final

from lingxi import registry
from lingxi.recommend.parts import Source, Surface
from lingxi.recommend.sources._listed import Listed

ACTS: Final = "acts"
RERANK: Final = "rerank"
RANK: Final = "rank"


class Rung(IntEnum):
    """How dear an answer may be; each rung costs less than the one before."""

    WHOLE = 0
    UNNAMED = 1
    """No act is left out to see whether a reason should name it."""
    UNSPREAD = 2
    """Without the reranker as well."""
    UNRANKED = 3
    """Ordered by the surface's fixed weights, and nothing is encoded for it."""
    CACHED = 4
    """The shopper's last slate since their last act, without what must not be shown any more."""
    POPULAR = 5
    """What everybody buys, under the surface's filters."""


Hurry = Callable[[], Rung]
"""How dear what is left of a slate may be by now."""
LEFT_OUT: Final = {
    Rung.WHOLE: (),
    Rung.UNNAMED: (ACTS,),
    Rung.UNSPREAD: (ACTS, RERANK),
    Rung.UNRANKED: (ACTS, RERANK, RANK),
    Rung.CACHED: ("cached",),
    Rung.POPULAR: ("popular",),
}
"""By rung, what `Slate.cheaper` says."""
ENOUGH: Final = 120
"""Candidates of a popular slate, of which filters leave one."""
WITHOUT: Final[Mapping[str, Mapping[str, Any]]] = {
    ACTS: {"named": False},
    RERANK: {"reranker": "none"},
    RANK: {"learnt": (), "encoded": False},
}
"""By what is left out, what a surface says then."""


@cache
def lighter(surface: Surface, rung: Rung) -> Surface:
    """The surface as this rung makes its slates; its filters stay as they are."""
    if rung <= Rung.UNSPREAD:
        return without(surface, LEFT_OUT[rung])
    if rung == Rung.UNRANKED:
        sources = {name: n for name, n in surface.sources.items() if not encodes(name)}
        return replace(without(surface, LEFT_OUT[rung]), sources=sources)
    alone = replace(surface, sources={"popular": ENOUGH}, weights={"popular.lead": 1.0})
    return without(alone, (RERANK, RANK))


@cache
def without(surface: Surface, parts: tuple[str, ...]) -> Surface:
    """The surface without these of its parts."""
    left = {name: value for part in parts for name, value in WITHOUT[part].items()}
    return replace(surface, **left) if left else surface


def hurried(
    surface: Surface, cheaper: tuple[str, ...], hurry: Hurry | None, left: tuple[str, ...]
) -> tuple[Surface, tuple[str, ...]]:
    """The surface for the rest of a slate, and what the slate goes without by then: of the parts that are `left` those
    too for which there is no time any more."""
    late = () if hurry is None else LEFT_OUT[min(hurry(), Rung.UNRANKED)]
    gone = tuple(part for part in late if part in left and part not in cheaper)
    if not gone:
        return surface, cheaper
    told = {*cheaper, *gone}
    return without(surface, gone), tuple(part for part in LEFT_OUT[Rung.UNRANKED] if part in told)


@cache
def encodes(name: str) -> bool:
    """Whether the source may need what is worth another thread."""
    source: Source = registry.load("recommend/sources", name, "SOURCE")
    return getattr(type(source), "ahead", None) is not Listed.ahead
