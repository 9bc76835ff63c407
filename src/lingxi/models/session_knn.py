"""Sessions like this one: the nearest sessions of the past speak for what followed in them (V-SKNN, Ludewig and Jannach
2018; with the decay of sessions and the nearness within them of STAN, Garg et al. 2019).

It learns nothing but how to read: the sessions themselves are what it serves from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, structs

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._choice import SHOPPERS, Exam, walk
from lingxi.models._export import write
from lingxi.models._pairs import visits_of
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Need, Range, Watch
from lingxi.runtimes.sessions import follow_inside, reading_of

DAY: Final = 86_400_000_000
READ: Final[dict[str, tuple[Any, ...]]] = {
    "places": (None, 0.7, 1.0, 2.0, 4.0),
    "reach": (None, 1.0, 2.0, 5.0),
    "back": (1.0, 0.5, 0.2),
    "faded": (None, 0.5, 2.0, 7.0, 30.0),
    "near": (100, 300, 1000),
    "days": (None, 14.0, 60.0),
}
GAPS: Final = (30.0, 0.0)
"""Minutes after which a session may end, that are tried; 0: never."""
At = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """A session ends after `gap_minutes` without an act (0: never); the newest `most` sessions are held, those of more
    than `longest` items not. The rest is how they are read: see `runtimes.sessions.Reading`; None does not count.

    Validation chooses all but `longest`, `most`, `acts` and `sample`.
    """

    gap_minutes: Annotated[float, Meta(ge=0)] = 30.0
    longest: Annotated[int, Meta(ge=2)] = 200
    most: Annotated[int, Meta(ge=1)] = 2_000_000
    acts: Annotated[int, Meta(ge=1)] = 20
    days: At | None = None
    places: At | None = 2.0
    sample: Annotated[int, Meta(ge=1)] = 1000
    near: Annotated[int, Meta(ge=1)] = 300
    faded: At | None = None
    reach: At | None = 5.0
    back: Annotated[float, Meta(ge=0, le=1)] = 1.0


SPACE = {"gap_minutes": GAPS, **READ, "back": Range(0.0, 1.0), "sample": (300, 1000, 3000)}


class Held(Struct, frozen=True):
    """The sessions as the runtime reads them (`runtimes.sessions.Sessions`), and each row's item number."""

    known: npt.NDArray[np.intp]
    start: npt.NDArray[np.int64]
    line: npt.NDArray[np.int32]
    age: npt.NDArray[np.float32]
    first: npt.NDArray[np.int64]
    session: npt.NDArray[np.int32]


class SessionKnn:
    """The sessions of the past, to be asked."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ids: list[str] = []
        self.held: Held | None = None

    def need(self, past: Interactions, goods: Goods) -> Need:  # noqa: ARG002 (the past decides)
        """The acts, sorted, and twice more by item."""
        return Need(len(past) * 150, "a smaller `most`")

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Gathers sessions; `validation` says how they end and how they are read.

        Raises:
            NotEnoughData: there are fewer than two events or two items.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=2, items=2, shoppers=1)
        found = {} if validation is None else self._choose(past, acts, validation, until, watch)
        self.config = structs.replace(self.config, **found)
        self.held = hold(acts, self.config, until)
        self.ids = [goods.ids[number] for number in self.held.known]
        watch("session_knn", 1.0)
        return found

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `sessions`, which holds histories."""
        assert self.held is not None, "export follows fit"  # noqa: S101 (a promise of the port)
        arrays = {each: getattr(self.held, each) for each in ("start", "line", "age", "first", "session")}
        write(folder, name, self.ids, arrays)
        settings = {each: getattr(self.config, each) for each in ("acts", "sample", *READ)}
        return Component(name=name, runtime="sessions", folder=name, settings=settings, holds_histories=True)

    def _choose(
        self, past: Interactions, acts: Interactions, validation: Interactions, until: int, watch: Watch
    ) -> dict[str, Any]:
        """The settings by the exam. Who sits it is not held meanwhile: no session is near to itself."""
        made: dict[float, tuple[Held, Exam]] = {}
        limit = max(1, min(SHOPPERS, len(np.unique(acts.shopper)) // 5))
        tried = 0

        def judge(settings: dict[str, Any]) -> float:
            nonlocal tried
            tried += 1
            watch("session_knn", min(0.9, tried / 60))
            config = structs.replace(self.config, **settings)
            if config.gap_minutes not in made:
                everyone = Exam(past, validation, np.unique(acts.item).astype(np.intp), until, limit)
                held = hold(acts.where(~np.isin(acts.shopper, everyone.shoppers)), config, until)
                made[config.gap_minutes] = held, Exam(past, validation, held.known, until, limit)
            return _asked(*made[config.gap_minutes], config)

        names = ("gap_minutes", *READ)
        options = {"gap_minutes": GAPS, **READ}
        return walk({name: getattr(self.config, name) for name in names}, options, judge)


def hold(acts: Interactions, config: Config, until: int) -> Held:
    """The newest sessions of the acts."""
    whole = visits_of(acts, config.gap_minutes, config.longest, 1)
    newest = np.argsort(-whole.end, kind="stable")[: config.most]
    sizes = np.diff(whole.start)[newest]
    places = np.repeat(whole.start[newest] - np.append(0, np.cumsum(sizes)[:-1]), sizes) + np.arange(sizes.sum())
    line, session = whole.row[places].astype(np.int32), np.repeat(np.arange(len(newest)), sizes)
    order = np.argsort(line, kind="stable")
    first = np.searchsorted(line[order], np.arange(len(whole.known) + 1))
    age = ((until - whole.end[newest]) / DAY).astype(np.float32)
    start = np.append(0, np.cumsum(sizes))
    return Held(whole.known, start, line, age, first, session[order].astype(np.int32))


def _asked(held: Held, exam: Exam, config: Config) -> float:
    """The exam's figure of these sessions, read as the runtime reads them."""
    how = reading_of(structs.asdict(config))
    told = np.array([how.sample, how.near, how.faded, how.reach, how.back])

    def score(low: int, high: int) -> npt.NDArray[np.float32]:
        begin, rows, weights = exam.weights(low, high, acts=how.acts, days=config.days, places=config.places)
        parts = (held.start, held.line, held.age, held.first, held.session)
        found: npt.NDArray[np.float32] = _many(*parts, begin, rows.astype(np.int32), weights, told, len(held.known))
        return found

    return exam.scores(score)


@unlocked
def _many(
    start: Any, line: Any, age: Any, first: Any, session: Any, begin: Any, rows: Any, weights: Any, how: Any, size: int
) -> Any:  # pragma: no cover
    scores, met = np.zeros((len(begin) - 1, size), np.float32), np.zeros(size, np.bool_)
    likeness, last = np.zeros(len(age), np.float32), np.zeros(len(age), np.int32)
    for q in range(len(begin) - 1):
        row, weight = rows[begin[q] : begin[q + 1]], weights[begin[q] : begin[q + 1]]
        follow_inside(start, line, age, first, session, row, weight, how, scores[q], met, likeness, last)
    return scores


def build(config: Config, seed: int) -> SessionKnn:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return SessionKnn(config)
