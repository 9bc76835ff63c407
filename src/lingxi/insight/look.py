"""Looks at a picture from every side there is: the subjects, what follows from them, and how two pictures differ."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from lingxi import registry
from lingxi.insight.charts import Chart
from lingxi.insight.drift import Drift, said
from lingxi.insight.picture import Picture
from lingxi.insight.said import Sentence, day_of
from lingxi.insight.subject import Advice, Subject
from lingxi.insight.weeks import span

FOLDER: Final = "insight/subjects"
TOPICS: Final = ("surface", "model", "split", "data")


class Side(Struct, frozen=True, kw_only=True):
    """What one subject found: its `figures` as the subject has them, and what they say."""

    name: str
    title: Sentence
    asks: Sentence
    figures: Any
    sentences: list[Sentence]


class Compared(Struct, frozen=True, kw_only=True):
    """One of two pictures that are compared: what it was called, its first and last day (ISO), its events."""

    name: str
    first_day: str
    last_day: str
    events: int


class Comparison(Struct, frozen=True, kw_only=True):
    """How every quantity moved from one picture to another, the strongest first, each with its meaning in words."""

    before: Compared
    now: Compared
    drifts: list[Drift]
    sentences: list[Sentence]


def subjects() -> list[tuple[str, Subject[Any]]]:
    """Every subject by name, in their order."""
    found = [(name, registry.load(FOLDER, name, "SUBJECT")) for name in registry.names(FOLDER)]
    return sorted(found, key=lambda each: (each[1].order, each[0]))


def look(picture: Picture) -> list[Side]:
    """What each subject finds in a picture."""
    return [_side(name, subject, subject.measure(picture)) for name, subject in subjects()]


def _side(name: str, subject: Subject[Any], figures: Any) -> Side:
    return Side(
        name=name, title=subject.title, asks=subject.asks, figures=figures, sentences=list(subject.read(figures))
    )


def advice(sides: list[Side]) -> list[Advice]:
    """What follows from the figures, by topic."""
    known = dict(subjects())
    found = [each for side in sides for each in known[side.name].advise(side.figures)]
    return sorted(found, key=lambda each: TOPICS.index(each.topic))


def charts(side: Side) -> list[Chart]:
    """The charts of what a subject found."""
    return list(dict(subjects())[side.name].draw(side.figures))


def compare(before: Picture, now: Picture, names: tuple[str, str]) -> Comparison:
    """How two pictures differ; `names` are what they are called."""
    drifts = [drift for _, subject in subjects() for drift in subject.compare(before, now)]
    strength = ("strong", "some", "same", "chance")
    drifts.sort(key=lambda drift: strength.index(drift.level))
    return Comparison(
        before=_compared(before, names[0]),
        now=_compared(now, names[1]),
        drifts=drifts,
        sentences=[said(drift) for drift in drifts],
    )


def _compared(picture: Picture, name: str) -> Compared:
    first, last = span(picture.events)
    return Compared(name=name, first_day=day_of(first), last_day=day_of(last), events=len(picture.events))
