"""What a chart shows, apart from how it is drawn: a few forms that all subjects share."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from lingxi.insight.said import Sentence

Label = str | Sentence
"""A name out of the data, or a word in two languages."""


class Columns(Struct, frozen=True, tag=True):
    """Standing columns in a given order: a histogram. `x` says what the labels are."""

    rows: Sequence[tuple[Label, float]]
    x: Sentence
    share: bool = False


class Bars(Struct, frozen=True, tag=True):
    """Lying bars, one a name. With a second value each, the second lies beside the first in another colour."""

    rows: Sequence[tuple[Label, float]]
    share: bool = False


class Lines(Struct, frozen=True, tag=True):
    """Values over days: `days` as ISO dates, each series as long, with None where there is nothing."""

    days: Sequence[str]
    series: Sequence[tuple[Label, Sequence[float | None]]]
    filled: bool = False
    share: bool = False


class Heat(Struct, frozen=True, tag=True):
    """Seven rows (Monday first) of twenty-four hours."""

    rows: Sequence[Sequence[float]]


class Curve(Struct, frozen=True, tag=True):
    """A line through points (x, y). `even` draws the line of equal shares beside it."""

    points: Sequence[tuple[float, float]]
    x: Sentence
    x_share: bool = False
    y_share: bool = False
    even: bool = False


class Sides(Struct, frozen=True, tag=True):
    """Before and now beside each other, as shares: rows of (name, before, now)."""

    rows: Sequence[tuple[Label, float, float]]


Form = Columns | Bars | Lines | Heat | Curve | Sides


class Chart(Struct, frozen=True):
    """A chart with its heading and the one sentence that says what is to be seen in it (its alternative text too)."""

    title: Sentence
    reading: Sentence
    form: Form
