"""What goes together: items that are found in one visit, by cosine with shrinkage (Sarwar et al. 2001; the shrinkage of
Bell and Koren 2007 keeps one chance meeting from looking like a law), read from the newest acts backwards."""

from __future__ import annotations

from typing import Annotated, Any, Final

import numpy as np
from msgspec import Meta, Struct, structs

from lingxi.domain.history import Goods, Interactions
from lingxi.models._choice import Exam, walk
from lingxi.models._near import Listed, Lists, keep_sparse
from lingxi.models._pairs import Visits, followed, visits_of
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Need, Range, Watch

REACH: Final = 50
"""Acts on either side that an item is paired with."""
COUNTED: Final[dict[str, tuple[Any, ...]]] = {
    "gap_minutes": (30.0, 0.0),
    "fade": (None, 3.0, 6.0),
    "back": (1.0, 0.8, 0.6, 0.4, 0.2),
    "least": (3, 1),
}
"""How pairs may be counted: each needs a pass over the log."""
READ: Final[dict[str, tuple[Any, ...]]] = {
    "shrink": (5.0, 10.0, 20.0, 50.0, 100.0),
    "places": (None, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
    "days": (None, 14.0, 60.0),
    "neighbours": (64, 200),
}
At = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`neighbours` kept per item; a visit ends after `gap_minutes` without an act (0: it never ends) and is passed over
    when it holds more than `longest` items; `least` visits an item needs; `shrink` is added to both items' counts. A
    pair counts e^(−distance / fade) (None: whole), and from what came later to what came before `back` times that.

    `acts`, `days` and `places` say how a history is read: its newest acts, each e^(−age / days) · e^(−place / places),
    where the newest moment has place 0; None does not count. Validation chooses all but `longest` and `acts`.
    """

    neighbours: Annotated[int, Meta(ge=1, le=10_000)] = 64
    gap_minutes: Annotated[float, Meta(ge=0)] = 30.0
    longest: Annotated[int, Meta(ge=2)] = 200
    least: Annotated[int, Meta(ge=1)] = 3
    shrink: Annotated[float, Meta(ge=0)] = 20.0
    fade: At | None = None
    back: Annotated[float, Meta(ge=0, le=1)] = 1.0
    acts: Annotated[int, Meta(ge=1)] = 50
    days: At | None = 14.0
    places: At | None = None


SPACE = {**COUNTED, **READ, "back": Range(0.1, 1.0), "shrink": Range(1.0, 200.0, log=True)}


class Pairs(Struct, frozen=True):
    """The `visits` and how often one of their items was followed by another, sparse rows × rows."""

    visits: Visits
    shared: Any


class ItemKnn(Listed[Config]):
    """Neighbour lists from visits."""

    def need(self, past: Interactions, goods: Goods) -> Need:  # noqa: ARG002 (the past decides)
        """Pairs are at most the items that one visit can hold beside each act, and never more than all pairs."""
        items = int(np.count_nonzero(np.bincount(np.maximum(past.item, 0), minlength=1)))
        pairs = min(len(past) * min(self.config.longest, 50), items * items)
        lists = items * self.config.neighbours * 8
        return Need(len(past) * 60 + 2 * pairs * 8 + 2 * lists, "a smaller `longest`, or a larger `least`")

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Counts the visits that two items share; `validation` says how visits end and how a history is read.

        Raises:
            NotEnoughData: there are fewer than two events or two items.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=2, items=2, shoppers=1)
        found = {} if validation is None else self._choose(past, acts, validation, until, watch)
        self.config = structs.replace(self.config, **found)
        visits = visits_of(acts, self.config.gap_minutes, self.config.longest, self.config.least)
        pairs = _count(visits, self.config)
        self.ids = [goods.ids[number] for number in pairs.visits.known]
        self.near, self.likeness = _lists(pairs, self.config)
        watch("item_knn", 1.0)
        return found

    def _choose(
        self, past: Interactions, acts: Interactions, validation: Interactions, until: int, watch: Watch
    ) -> dict[str, Any]:
        """The settings by the exam; each way of counting is looked at with the reading found so far."""
        counts, tried = _Counts(acts), 0
        exams: dict[tuple[float, int], Exam] = {}

        def judge(settings: dict[str, Any]) -> float:
            nonlocal tried
            config = structs.replace(self.config, **settings)
            pairs = counts.pairs(config)
            if (config.gap_minutes, config.least) not in exams:
                exams[config.gap_minutes, config.least] = Exam(past, validation, pairs.visits.known, until)
            tried += 1
            watch("item_knn", min(0.9, tried / 60))
            exam = exams[config.gap_minutes, config.least]
            return exam.lists(*_lists(pairs, config), acts=config.acts, days=config.days, places=config.places)

        names = (*COUNTED, *READ)
        return walk({name: getattr(self.config, name) for name in names}, {**COUNTED, **READ}, judge)


class _Counts:
    """What ways of counting share: the visits, by how they end and what is known; of the pairs the newest are held."""

    def __init__(self, acts: Interactions) -> None:
        self.acts = acts
        self._visits: dict[tuple[float, int], Visits] = {}
        self._pairs: tuple[tuple[Any, ...], Pairs] | None = None

    def pairs(self, config: Config) -> Pairs:
        """See `_count`."""
        way = tuple(getattr(config, name) for name in COUNTED)
        if self._pairs is None or self._pairs[0] != way:
            ended = (config.gap_minutes, config.least)
            if ended not in self._visits:
                self._visits[ended] = visits_of(self.acts, config.gap_minutes, config.longest, config.least)
            self._pairs = None
            self._pairs = way, _count(self._visits[ended], config)
        return self._pairs[1]


def _count(visits: Visits, config: Config) -> Pairs:
    """Pairs of which none is nearer than another are of whole visits."""
    whole = config.fade is None and config.back == 1.0 and not visits.again
    return Pairs(visits, followed(visits, config.fade, config.back, config.longest if whole else REACH))


def _lists(pairs: Pairs, config: Config) -> Lists:
    """Each row's nearest by the cosine with shrinkage."""
    norm = 1.0 / np.sqrt(np.maximum(pairs.visits.count + config.shrink, 1.0))
    size = min(config.neighbours, max(len(pairs.visits.known) - 1, 1))
    return keep_sparse(pairs.shared, size, norm, own=pairs.visits.again)


def build(config: Config, seed: int) -> ItemKnn:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return ItemKnn(config)
