"""Sessions like this one: what followed in the sessions of the past that share its newest items.

It holds these sessions (not whose they were): a bundle with it says so in its manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.history import History
from lingxi.features._compiled import unlocked
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._gathered import Gathered
from lingxi.runtimes._lists import weigh
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reading:
    """How sessions are compared: `acts` newest of a history, each e^(−place / places) and e^(−age / days); the `sample`
    newest sessions of each item are looked at and the `near` most alike speak, each e^(−age / faded) and, of what lies
    d places from the item that was shared last, e^(−d / reach), `back` times that where it lies before."""

    acts: int
    days: float
    places: float
    sample: int
    near: int
    faded: float
    reach: float
    back: float


@unlocked
def follow_inside(
    start: Any, line: Any, age: Any, first: Any, session: Any, rows: Any, weights: Any, how: Any, scores: Any, met: Any,
    likeness: Any, last: Any,
) -> None:  # pragma: no cover  # fmt: skip
    """See `follow`; for compiled code to call. `likeness` float32[sessions] and `last` int32[sessions] are zeros, and
    are zeros again."""
    sample, near, faded, reach, back = int(how[0]), int(how[1]), how[2], how[3], how[4]
    found = np.empty(len(rows) * sample, np.int64)
    count = 0
    for i in range(len(rows) - 1, -1, -1):
        row = rows[i]
        if row < 0:
            continue
        for k in range(first[row], min(first[row + 1], first[row] + sample)):
            s = session[k]
            if likeness[s] == 0:
                found[count] = s
                last[s] = row
                count += 1
            likeness[s] += weights[i]
    found = found[:count]
    alike = np.empty(count, np.float32)
    for k in range(count):
        s = found[k]
        alike[k] = likeness[s] * np.exp(-age[s] / faded) / np.sqrt(np.float64(start[s + 1] - start[s]))
        likeness[s] = 0
    best = found if count <= near else found[np.argsort(-alike, kind="mergesort")[:near]]
    worth = alike if count <= near else np.sort(-alike)[:near] * np.float32(-1.0)
    for k in range(len(best)):
        s, place = best[k], 0
        for p in range(start[s], start[s + 1]):
            if line[p] == last[s]:
                place = p
        for p in range(start[s], start[s + 1]):
            share = np.exp(-max(abs(p - place) - 1, 0) / reach) * (back if p <= place else 1.0)
            scores[line[p]] += worth[k] * share
            met[line[p]] = True


@unlocked
def follow(
    start: Any, line: Any, age: Any, first: Any, session: Any, rows: Any, weights: Any, how: Any, size: int
) -> Any:  # pragma: no cover
    """The scores float32[size] of what followed, and whether it was met, bool[size], for the history's `rows` with
    `weights`; `how` float64[5] is sample, near, faded, reach, back."""
    scores, met = np.zeros(size, np.float32), np.zeros(size, np.bool_)
    likeness, last = np.zeros(len(age), np.float32), np.zeros(len(age), np.int32)
    follow_inside(start, line, age, first, session, rows, weights, how, scores, met, likeness, last)
    return scores, met


@dataclass(frozen=True, slots=True)
class Sessions(Gathered):
    """Session s has the rows `line[start[s] : start[s + 1]]` in order and is `age[s]` days old at the end of the past;
    item i is in the sessions `session[first[i] : first[i + 1]]`, the newest first."""

    items: Vocabulary
    start: Longs
    line: Ints
    age: Floats
    first: Longs
    session: Ints
    reading: Reading

    def _gather(self, history: History, now: int) -> tuple[Floats, Bools]:
        how = self.reading
        weights = weigh(history.at[-how.acts :], now, how.days, how.places)
        rows = self.items.rows(history.item[-how.acts :])
        told = np.array([how.sample, how.near, how.faded, how.reach, how.back])
        found: tuple[Floats, Bools] = follow(
            self.start, self.line, self.age, self.first, self.session, rows, weights, told, len(self.items)
        )
        return found


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Sessions:
    """The sessions in `folder / component.folder`; settings: those of `Reading`, None: does not count."""
    home = folder / component.folder
    start, line, age, first, session = read_arrays(home, "start", "line", "age", "first", "session")
    reading = reading_of(component.settings)
    return Sessions(read_vocabulary(home, ids), start, line, age, first, session, reading)


def reading_of(settings: Mapping[str, Any]) -> Reading:
    """From JSON-able settings."""
    free = {name: float(settings.get(name) or np.inf) for name in ("days", "places", "faded", "reach")}
    return Reading(
        acts=int(settings["acts"]),
        sample=int(settings["sample"]),
        near=int(settings["near"]),
        back=float(settings["back"]),
        **free,
    )
