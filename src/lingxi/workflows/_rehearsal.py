"""The slates that a ranker learns from: days that are over are lived through again, and where a shopper acted the
pipeline is asked a moment before, with what it knew then; what they did next says what they wanted.

Where slates were logged, the moments are theirs, and the candidates those that were shown, each with its place.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.domain.slate import Query
from lingxi.ports.ranker import Examples
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import gather, sift, surface_of
from lingxi.recommend.pool import Pool, pool_of
from lingxi.recommend.scene import Learnt, Scene
from lingxi.recommend.scorers.blend import matrix
from lingxi.recommend.settings import Settings
from lingxi.runtimes.linear import Linear
from lingxi.train.split import DAY
from lingxi.workflows.judge import JUDGED
from lingxi.workflows.replay import run_of, state_at, user_of

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

DONE: Final = (("view", "click"), ("add_to_cart",), ("purchase",))
"""The kinds of act that reach each of `runtimes._goals.GOALS`."""
CODES: Final = tuple(tuple(KIND_CODE[kind] for kind in kinds) for kinds in DONE)
HORIZON: Final = 7 * DAY
"""What a shopper does in so long after a moment is what they wanted at it."""
NEAR: Final = 40
"""Candidates of a slate that are learnt from: the best by the order that there is …"""
REST: Final = 20
"""… and so many of the others, each for several."""
PROBED: Final = 25
"""Moments after which it is known how many there is time for."""
CLOSED: Final = frozenset({"requested", "context"})


@dataclass(frozen=True, slots=True)
class Told:
    """Moments, in order of time: `at` int64[g] (µs UTC), `shopper` int32[g]. `shown`: the item numbers of a logged
    slate in order of their places; None where a moment is an act of the log."""

    at: Longs
    shopper: Ints
    shown: Sequence[Ints] | None = None

    def __len__(self) -> int:
        return len(self.at)

    def within(self, since: int, until: int, most: int, seed: int) -> Told:
        """Those of `since`–`until` (µs UTC); of more than `most` so many drawn at random."""
        rows = np.flatnonzero((self.at >= since) & (self.at < until))
        if len(rows) > most:
            rows = np.sort(np.random.default_rng(seed).choice(rows, size=most, replace=False))
        shown = None if self.shown is None else [self.shown[row] for row in rows.tolist()]
        return Told(self.at[rows], self.shopper[rows], shown)


def acts_of(window: Interactions) -> Told:
    """The moments at which somebody acted on an item in a way that is a goal: each time of a shopper once."""
    told = (window.item >= 0) & (window.shopper >= 0) & np.isin(window.kind, sum(CODES, ()))
    pairs = np.unique(np.stack([window.at[told], window.shopper[told].astype(np.int64)]), axis=1)
    return Told(pairs[0], pairs[1].astype(np.int32))


@dataclass(slots=True)
class _Gathered:
    values: list[Floats] = field(default_factory=list)
    wanted: list[Bools] = field(default_factory=list)
    position: list[Floats] = field(default_factory=list)
    shopper: list[int] = field(default_factory=list)

    def examples(self, inputs: tuple[str, ...], base: Linear) -> Examples:
        sizes = [len(each) for each in self.values]
        values = np.concatenate([np.zeros((0, len(inputs)), np.float32), *self.values])
        return Examples(
            inputs=inputs,
            values=values,
            wanted=np.concatenate([np.zeros((0, len(CODES)), np.bool_), *self.wanted]),
            base=base.score(values),
            position=np.concatenate([np.zeros(0, np.float32), *self.position]),
            weight=np.ones(len(values), np.float32),
            start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            shopper=np.array(self.shopper, dtype=np.int32),
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """Where days are lived through again: everything that happened, the goods, what has been learnt before those days,
    the shop's settings and time zone."""

    acts: Interactions
    goods: Goods
    bundle: Learnt | None
    settings: Settings
    timezone: str = "UTC"


def rehearse(stage: Stage, since: int, until: int, told: Told, base: Linear, seconds: float) -> Examples:
    """The candidates of the moments of `since`–`until` (µs UTC) as they would have been asked, with the columns that
    `base` reads; of acts up to `until` what was wanted. At most as many moments as there are `seconds` for.

    A slate in which nothing was wanted of what was proposed is left out, unless it was logged.
    """
    window, known = _window(stage.acts, since, until)
    shoppers = int(max(window.shopper.max(initial=-1), told.shopper.max(initial=-1))) + 1
    state = state_at(stage.acts.before(since), stage.goods, shoppers=shoppers)
    later, memory, found = _Later(window, until), Memory(), _Gathered()
    reached = 0
    for at, shopper, shown in _timely(told, seconds):
        end = int(np.searchsorted(known, at))
        if end > reached:
            state.apply(run_of(window.where(slice(reached, end)), state.cursor))
            reached = end
        wanted = later.of(shopper, at)
        if shown is not None or any(map(len, wanted)):
            scene = Scene(state, stage.bundle, at, stage.settings, memory, stage.timezone)
            _ask(
                Moment(Query(surface=JUDGED, user=user_of(shopper)), scene), base.inputs, shown, wanted, shopper, found
            )
    return found.examples(base.inputs, base)


def _ask(
    moment: Moment, inputs: tuple[str, ...], shown: Ints | None, wanted: list[Ints], shopper: int, found: _Gathered
) -> None:
    """Adds one slate, if there is anything to learn from it."""
    surface = surface_of(JUDGED)
    pool = pool_of(gather(moment, surface), moment.scene.memory)
    rows, position = _asked(moment, pool, tuple(each for each in surface.filters if each not in CLOSED), shown)
    marks = np.stack([np.isin(pool.items[rows], each) for each in wanted], axis=1)
    if len(rows) and (shown is not None or marks.any()):
        found.values.append(matrix(moment, pool, inputs)[rows])
        found.wanted.append(marks)
        found.position.append(position)
        found.shopper.append(shopper)


def _window(acts: Interactions, since: int, until: int) -> tuple[Interactions, Longs]:
    """What became known from `since` on, in order of when, with those times."""
    known = np.maximum(acts.at, acts.received)
    rows = np.flatnonzero(((acts.at >= since) | (acts.received > since)) & (acts.at < until))
    rows = rows[np.lexsort((acts.tie[rows], acts.at[rows], known[rows]))]
    return acts.where(rows), known[rows]


def _timely(told: Told, seconds: float) -> Iterator[tuple[int, int, Ints | None]]:
    """The moments one by one: after the first few only as many as there is time for, spread evenly over the rest."""
    began = time.monotonic()
    kept = np.arange(len(told))
    done = 0
    while done < len(kept):
        place = int(kept[done])
        yield int(told.at[place]), int(told.shopper[place]), None if told.shown is None else told.shown[place]
        done += 1
        if done == PROBED:
            spent = time.monotonic() - began
            most = int(max(seconds - spent, 0.0) / max(spent / PROBED, 1e-6))
            rest = kept[done:]
            spread = rest[np.linspace(0, len(rest) - 1, most).astype(np.intp)] if most < len(rest) else rest
            kept = np.concatenate([kept[:done], spread])


def _asked(
    moment: Moment, pool: Pool, filters: tuple[str, ...], shown: Ints | None
) -> tuple[npt.NDArray[np.intp], Floats]:
    """The places in the pool of the candidates, and the place at which each was shown, 1 where that is not known."""
    if shown is None:
        rows = np.flatnonzero(sift(moment, filters, pool.items) == 0)
        return rows, np.ones(len(rows), dtype=np.float32)
    order = {int(item): place for place, item in enumerate(shown.tolist(), start=1)}
    rows = np.flatnonzero(np.isin(pool.items, shown))
    return rows, np.array([order[item] for item in pool.items[rows].tolist()], dtype=np.float32)


class _Later:
    """What each shopper did after a moment, before `until` and within the HORIZON."""

    def __init__(self, window: Interactions, until: int) -> None:
        told = window.where((window.item >= 0) & (window.shopper >= 0))
        order = np.lexsort((told.at, told.shopper))
        self._shopper, self._at = told.shopper[order], told.at[order]
        self._item, self._kind = told.item[order], told.kind[order]
        self._until = until

    def of(self, shopper: int, at: int) -> list[Ints]:
        """The items of each goal."""
        first, last = np.searchsorted(self._shopper, [shopper, shopper + 1]).tolist()
        until = min(at + HORIZON, self._until)
        start, stop = (first + np.searchsorted(self._at[first:last], [at, until])).tolist()
        items, kinds = self._item[start:stop], self._kind[start:stop]
        return [items[np.isin(kinds, codes)] for codes in CODES]


def sampled(examples: Examples, seed: int) -> Examples:
    """The rows that are learnt from: of each slate the NEAR best by the base, and REST of the others, each for as many
    as it stands for. What was wanted is drawn like all else: kept wherever it lies, it would teach that what lies far
    behind is often wanted (docs/log.md)."""
    rng = np.random.default_rng(seed)
    keep = np.zeros(len(examples.base), dtype=np.bool_)
    weight = examples.weight.copy()
    for first, last in zip(examples.start[:-1].tolist(), examples.start[1:].tolist(), strict=True):
        order = first + np.argsort(-examples.base[first:last], kind="stable")
        rest = order[NEAR:]
        drawn = rest if len(rest) <= REST else rng.choice(rest, size=REST, replace=False)
        keep[order[:NEAR]] = keep[drawn] = True
        weight[drawn] *= len(rest) / max(len(drawn), 1)
    return replace(examples, weight=weight).rows(keep)
