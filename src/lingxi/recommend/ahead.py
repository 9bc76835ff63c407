"""What of a slate another thread can make before it: the loop answers others meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lingxi import registry
from lingxi.domain.slate import Query
from lingxi.recommend.ladder import encodes
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Source, Surface
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scene import Scene
from lingxi.recommend.stages import stage

Work = Callable[[bool], Mapping[str, Any]]
"""See `parts.Source.ahead`."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """`works`, one for each encoding, belong to any thread; what they make goes into `held`, which belongs to the
    thread that owns the state. There may be none. `moment` is good for the slate until the state changes.

    `held` is what is remembered of a shopper since their last act: after another act nobody looks at it any more, and
    the slate makes what it lacks itself.
    """

    works: tuple[Work, ...]
    moment: Moment

    @property
    def held(self) -> dict[str, Any]:
        """What is remembered of the shopper."""
        return self.moment.held

    @stage("encode")
    def run(self, *, reasons: bool) -> dict[str, Any]:
        """What a slate will ask for, by the name that it asks by; with what only `reasons` may need, or without."""
        return {name: made for work in self.works for name, made in work(reasons).items()}


def ahead(query: Query, scene: Scene) -> Ahead:
    """What the query's slate would have to make anew and another thread can.

    Raises:
        Unknown: there is no such surface.
    """
    surface = surface_of(query.surface)
    moment = Moment(query, scene)
    works = [work for source, n in _encoding(surface) if (work := source.ahead(moment, n)) is not None]
    return Ahead(tuple(works), moment)


@cache
def _encoding(surface: Surface) -> list[tuple[Source, int]]:
    """The surface's sources that may need what is worth another thread."""
    return [(_source(name), n) for name, n in surface.sources.items() if encodes(name)]


def _source(name: str) -> Source:
    source: Source = registry.load("recommend/sources", name, "SOURCE")
    return source
