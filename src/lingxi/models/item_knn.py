"""What goes together: items that are found in one visit, by cosine with shrinkage (Sarwar et al. 2001; the shrinkage of
Bell and Koren 2007 keeps one chance meeting from looking like a law), read from the newest acts backwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, structs
from scipy.sparse import diags

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.models._choice import Exam, walk
from lingxi.models._export import write
from lingxi.models._near import keep_sparse
from lingxi.models._pairs import Visits, followed, visits_of
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Need, Watch

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


class Pairs(Struct, frozen=True):
    """The `visits` and how often one of their items was followed by another, sparse rows × rows."""

    visits: Visits
    shared: Any


class ItemKnn:
    """Neighbour lists from visits."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ids: list[str] = []
        self.near = np.empty((0, 0), dtype=np.int32)
        self.likeness = np.empty((0, 0), dtype=np.float32)

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
        pairs = _count(acts, self.config)
        self.ids = [goods.ids[number] for number in pairs.visits.known]
        self.near, self.likeness = _lists(pairs, self.config)
        watch("item_knn", 1.0)
        return found

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `neighbours`."""
        write(folder, name, self.ids, {"near": self.near, "likeness": self.likeness})
        settings = {name: getattr(self.config, name) for name in ("acts", "days", "places")}
        return Component(name=name, runtime="neighbours", folder=name, settings=settings)

    def _choose(
        self, past: Interactions, acts: Interactions, validation: Interactions, until: int, watch: Watch
    ) -> dict[str, Any]:
        """The settings by the exam; each way of counting is looked at with the reading found so far."""
        counted: dict[tuple[Any, ...], tuple[Pairs, Exam]] = {}
        tried = 0

        def judge(settings: dict[str, Any]) -> float:
            nonlocal tried
            config = structs.replace(self.config, **settings)
            key = tuple(settings[name] for name in COUNTED)
            if key not in counted:
                counted.clear()
                pairs = _count(acts, config)
                counted[key] = pairs, Exam(past, validation, pairs.visits.known, until)
            pairs, exam = counted[key]
            tried += 1
            watch("item_knn", min(0.9, tried / 60))
            return exam.lists(*_lists(pairs, config), acts=config.acts, days=config.days, places=config.places)

        names = (*COUNTED, *READ)
        return walk({name: getattr(self.config, name) for name in names}, {**COUNTED, **READ}, judge)


def _count(acts: Interactions, config: Config) -> Pairs:
    visits = visits_of(acts, config.gap_minutes, config.longest, config.least)
    if config.fade is None and config.back == 1.0 and not visits.again:
        matrix = visits.matrix()
        return Pairs(visits, (matrix.T.tocsr() @ matrix).tocsr())
    return Pairs(visits, followed(visits, config.fade, config.back, REACH))


def _lists(pairs: Pairs, config: Config) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Each row's nearest by the cosine with shrinkage."""
    norm = diags(1.0 / np.sqrt(np.maximum(pairs.visits.count + config.shrink, 1.0)))
    size = min(config.neighbours, max(len(pairs.visits.known) - 1, 1))
    return keep_sparse((norm @ pairs.shared @ norm).tocsr(), size, own=pairs.visits.again)


def build(config: Config, seed: int) -> ItemKnn:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return ItemKnn(config)
