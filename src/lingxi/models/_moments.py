"""A snapshot as sequences of moments, and the windows of them that a net learns from.

A moment is what one shopper did at one time in one way: a basket, or a single view. Its lines have no order, so they
are pooled, not shuffled: no permutation of them can change anything. A basket is one place to learn at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lingxi.models._goal import Aim, Goal, draw, worth_of
from lingxi.models._reads import Lines, Queries

Longs = npt.NDArray[np.int64]
Rows = npt.NDArray[np.integer]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
DAY_MS = 86_400_000
POOL, STRETCH = 4_000_000, 32_768
"""Moments whose windows are shuffled together, and how many of them lie side by side at least."""


class Acts(Protocol):
    """What moments are made of: n acts, `shopper` and `at` (µs)."""

    @property
    def shopper(self) -> Ints:
        """int32[n]."""
        ...

    @property
    def at(self) -> Longs:
        """int64[n]."""
        ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Moments:
    """m moments sorted by (shopper, at, kind): `shopper`, `at` (ms), `kind` (the net's number).

    Moment i has the lines `row[line[i] : line[i + 1]]` (of the vocabulary). `worth` float32[m] is the share of epochs
    in which a moment is learnt at: what weighs less is learnt less often, so that in the mean the loss is weighed, and
    what a step costs goes into what matters; it is 0 where something else happens at its time. `goals`: what the
    shopper wanted at strictly later times within the horizon, of each kind that is aimed at. `words` are the words of
    each moment's queries, `people` the traits of each shopper, by number; None where they are not read. Of a large log
    all this lies on disk, in narrow integers.
    """

    shopper: Ints
    at: Longs
    kind: Rows
    row: Rows
    line: Rows
    worth: Floats
    goals: tuple[Goal, ...]
    words: Lines | None = None
    people: Lines | None = None

    def __len__(self) -> int:
        return len(self.at)


def prepare(
    acts: Acts,
    row: Rows,
    kind: Rows,
    aims: Sequence[Aim],
    horizon_days: float,
    since: int | None = None,
    queries: Queries | None = None,
) -> Moments:
    """Gathers acts, which come in order of (at, tie), into moments. `row`, `kind` [n] are the net's numbers (a row of
    −1: no item), each of `aims` says which acts can be targets: those of the next `horizon_days`, or with 0 those of
    the next time at which there is one. `since` (µs) is where the clock of the moments begins, None with the first of
    the acts."""
    order = np.lexsort((kind, acts.at, acts.shopper))
    shopper, row, kind = acts.shopper[order], row[order], kind[order]
    if since is None:
        since = int(acts.at.min()) if len(acts) else 0
    at = (acts.at[order] - since) // 1000
    horizon = int(horizon_days * DAY_MS)
    # One number that orders (shopper, at): the span of a log in ms times its shoppers is far below 2^63.
    span = int(at.max(initial=0)) + 1 + horizon
    key = shopper.astype(np.int64) * span + at
    start = np.flatnonzero(np.append(True, (np.diff(key) != 0) | (np.diff(kind) != 0))[: len(key)])
    times = key[start]

    def goal(aim: Aim) -> Goal:
        pull = aim.pull[order]
        chosen = key[pull > 0]
        first = np.searchsorted(chosen, times, side="right")
        end = np.searchsorted(chosen, times + horizon, side="right") if horizon else _next(chosen, first, span, times)
        return Goal(row[pull > 0], pull[pull > 0], first, end, aim.weight)

    goals = tuple(goal(aim) for aim in aims)
    last = np.append(np.diff(times) != 0, True)[: len(times)]
    lines = _lines(row, start)
    return Moments(
        shopper=shopper[start],
        at=at[start],
        kind=kind[start],
        row=lines.row,
        line=lines.first,
        worth=np.where(last, worth_of(goals), np.float32(0.0)).astype(np.float32, copy=False),
        goals=goals,
        words=None if queries is None else queries.words(order, start),
    )


def _lines(row: Rows, start: Longs) -> Lines:
    """The rows of each moment, whose acts begin at `start`."""
    first, there = np.append(start, len(row)), row >= 0
    return Lines(row, first) if there.all() else Lines(row[there], np.append(0, np.cumsum(there))[first])


def _next(chosen: Longs, first: Longs, span: int, times: Longs) -> Longs:
    """Where what has the time of `chosen[first]` ends; `first` itself where that is of the next shopper."""
    if not len(chosen):
        return first
    soonest = chosen[np.minimum(first, len(chosen) - 1)]
    there = (first < len(chosen)) & (soonest // span == times // span)
    return np.where(there, np.searchsorted(chosen, soonest, side="right"), first)


class Bags(NamedTuple):
    """What moments hold: `number` int64[lines] one moment after the other, each with its `share` float32[lines], and
    `first` int64[moments], where each moment's begin."""

    number: Longs
    share: Floats
    first: Longs


@dataclass(frozen=True, slots=True)
class Batch:
    """b windows of n moments, padded at the left, and m places to learn at.

    `row` int64[lines] and `share` float32[lines], with `bag` int64[b × n] where each moment's lines begin; `kind`
    int64[b, n]; `age` float32[b, n] s before the window's end; `real` float32[b, n]. `place` int64[m] is an index into
    b × n; `wait` float32[m] s from there to the moment that is asked at; `target` int64[m, t] rows with `weight`
    float32[m, t] that sum to 1 in each row. `words`: of the moments' queries, `people`: the traits of each window's
    shopper; None where there is none.
    """

    row: Longs
    share: Floats
    bag: Longs
    kind: Longs
    age: Floats
    real: Floats
    place: Longs
    wait: Floats
    target: Longs
    weight: Floats
    words: Bags | None = None
    people: Bags | None = None


@dataclass(frozen=True, slots=True)
class Batches:
    """Makes an epoch's batches: windows of `length` moments, of which the first half is context only (but for a
    shopper's first window), at most `tokens` moments a batch, `targets` drawn at a place; `masked` is the share of
    kinds that are hidden as 1 (any), `hidden` that of lines whose item is hidden as row `unknown`."""

    moments: Moments
    length: int
    tokens: int
    targets: int
    masked: float
    hidden: float = 0.0
    unknown: int = 0

    def places(self) -> int:
        """How many places an epoch learns at, the luck of the draw aside."""
        return round(float(self.moments.worth.sum(dtype=np.float64)))

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Batches in random order, each of windows of like length."""
        start, stop, learn = self._windows(rng)
        for pool in self._pools(start, rng):
            sizes = stop[pool] - start[pool]
            order = np.lexsort((rng.random(len(sizes)), sizes))
            groups = self._groups(sizes[order])
            for place in rng.permutation(len(groups)):
                chosen = pool[order[slice(*groups[place])]]
                batch = self._batch(start[chosen], stop[chosen], learn[chosen], rng)
                if len(batch.place):
                    yield batch

    def _pools(self, start: Longs, rng: np.random.Generator) -> Iterator[Longs]:
        """The windows (by where they start) as they are shuffled together: all of them or, of a large log, those of
        some blocks drawn from anywhere in it, so that what is read at one time lies in few places on disk."""
        if len(self.moments) <= POOL:
            yield np.arange(len(start))
            return
        edges = np.searchsorted(start, np.arange(0, len(self.moments) + STRETCH, STRETCH))
        for drawn in np.array_split(rng.permutation(len(edges) - 1), -(-len(self.moments) // POOL)):
            yield np.concatenate([np.arange(edges[block], edges[block + 1]) for block in drawn])

    def _windows(self, rng: np.random.Generator) -> tuple[Longs, Longs, Longs]:
        """Start, stop and first moment to learn at of each window; each shopper's windows begin at a random offset."""
        first = np.flatnonzero(np.append(True, np.diff(self.moments.shopper) != 0)[: len(self.moments)])
        step = max(self.length // 2, 1)
        begin, end, learn = [], [], []
        for low, high in zip(first.tolist(), np.append(first[1:], len(self.moments)).tolist(), strict=True):
            cut = low + int(rng.integers(step, self.length + 1)) if high - low > self.length else high
            marks = [low, *range(cut, high, step), high]
            for left, right in pairwise(marks):
                begin.append(max(low, right - self.length))
                end.append(right)
                learn.append(left)
        return np.array(begin, dtype=np.int64), np.array(end, dtype=np.int64), np.array(learn, dtype=np.int64)

    def _groups(self, sizes: Longs) -> list[tuple[int, int]]:
        """Ranges of the windows, sorted by size, whose padded moments stay within `tokens`."""
        groups, start = [], 0
        for place, size in enumerate(sizes.tolist()):
            if place > start and (place + 1 - start) * size > self.tokens:
                groups.append((start, place))
                start = place
        if start < len(sizes):
            groups.append((start, len(sizes)))
        return groups

    def _batch(self, start: Longs, stop: Longs, learn: Longs, rng: np.random.Generator) -> Batch:
        moments = self.moments
        n = int((stop - start).max())
        index = stop[:, None] - n + np.arange(n)[None, :]
        real = index >= start[:, None]
        index = np.maximum(index, 0)
        at = moments.at[index]
        chosen = real & (index >= learn[:, None]) & _drawn(moments.worth[index], rng)
        place = index[chosen]
        target, weight = draw(moments.goals, place, self.targets, rng)
        there = np.where(real, index, -1).ravel()
        row, share, bag = bags_of(Lines(moments.row, moments.line), there)
        if self.hidden:
            row = np.where(rng.random(len(row)) < self.hidden, self.unknown, row)
        kind = np.where(rng.random(index.shape) < self.masked, 1, moments.kind[index].astype(np.int64))
        return Batch(
            row=row,
            share=share,
            bag=bag,
            kind=np.where(real, kind, 0),
            age=np.where(real, (at[:, -1:] - at) / 1e3, 0.0).astype(np.float32),
            real=real.astype(np.float32),
            place=np.flatnonzero(chosen),
            wait=self._wait(place, rng),
            target=target,
            weight=weight,
            words=_some(moments.words, there),
            people=_some(moments.people, moments.shopper[stop - 1].astype(np.int64)),
        )

    def newest(self, ends: Longs, starts: Longs, until_ms: Longs) -> Batch:
        """Windows that end at the moments before `ends` int64[b], not before `starts`, asked at `until_ms`: nothing is
        masked, and there is nothing to learn at."""
        rng = np.random.default_rng(0)
        batch = replace(self, masked=0.0, hidden=0.0)._batch(np.maximum(starts, ends - self.length), ends, ends, rng)
        return replace(batch, wait=((until_ms - self.moments.at[ends - 1]) / 1e3).astype(np.float32))

    def _wait(self, place: Longs, rng: np.random.Generator) -> Floats:
        """A moment between this and the shopper's next: when the question could have been asked."""
        at = self.moments.at
        after = at[np.minimum(place + 1, len(at) - 1)] - at[place]
        wait: Floats = (rng.random(len(place)) * np.maximum(after, 0) / 1e3).astype(np.float32)
        return wait


def _drawn(worth: Floats, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Whether each place of this worth is learnt at; where all is sure, no chance is taken."""
    sure: npt.NDArray[np.bool_] = worth >= 1.0
    return sure if (sure | (worth <= 0.0)).all() else rng.random(worth.shape) < worth


def bags_of(lines: Lines, owner: Longs) -> Bags:
    """The lines of each owner (none of −1)."""
    first = lines.first[np.maximum(owner, 0)]
    count = np.where(owner >= 0, lines.first[np.maximum(owner, 0) + 1] - first, 0)
    bag = np.append(0, np.cumsum(count)[:-1])
    place = np.arange(int(count.sum())) + np.repeat(first - bag, count)
    return Bags(lines.row[place].astype(np.int64, copy=False), np.repeat(share_of(count), count), bag)


def _some(lines: Lines | None, owner: Longs) -> Bags | None:
    """The same; None where there is none."""
    bags = None if lines is None else bags_of(lines, owner)
    return bags if bags is not None and len(bags.number) else None


def share_of(count: Longs) -> Floats:
    """What each line of a moment with `count` lines weighs: their sum keeps the length of one random vector."""
    share: Floats = np.asarray(1.0 / np.sqrt(np.maximum(count, 1)), dtype=np.float32)
    return share
