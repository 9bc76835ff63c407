"""What of a slate another thread can make before it: the loop answers others meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lingxi import registry
from lingxi.domain.slate import Query
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Source
from lingxi.recommend.pipeline import surface_of
from lingxi.recommend.scene import Scene
from lingxi.recommend.stages import stage

Work = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ahead:
    """`works`, one for each encoding, belong to any thread; what they make goes into `held`, which belongs to the
    thread that owns the state.

    `held` is what is remembered of a shopper since their last act: after another act nobody looks at it any more, and
    the slate makes what it lacks itself.
    """

    works: tuple[Work, ...]
    held: dict[str, Any]

    @stage("encode")
    def run(self) -> dict[str, Any]:
        """What a slate will ask for, by the name that it asks by."""
        return {name: made for work in self.works for name, made in work().items()}


def ahead(query: Query, scene: Scene) -> Ahead | None:
    """What the query's slate would have to make anew and another thread can; None where there is no such thing.

    Raises:
        Unknown: there is no such surface.
    """
    surface = surface_of(query.surface)
    moment = Moment(query, scene)
    sources: list[tuple[Source, int]] = [
        (registry.load("recommend/sources", name, "SOURCE"), n) for name, n in surface.sources.items()
    ]
    works = tuple(work for source, n in sources if (work := source.ahead(moment, n)) is not None)
    return Ahead(works, moment.held) if works else None
