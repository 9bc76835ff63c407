"""What a subject is: figures of a picture, and what they say, show, and lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from lingxi.insight.charts import Chart
from lingxi.insight.drift import Drift
from lingxi.insight.picture import Picture
from lingxi.insight.said import Sentence

Figures = TypeVar("Figures", bound=Struct)
Topic = Literal["surface", "model", "split", "data"]


class Advice(Struct, frozen=True):
    """What follows: about which `topic`, what to do, and the figures behind it."""

    topic: Topic
    do: Sentence
    because: Sentence


def nothing(*_: Any) -> list[Any]:
    """What a subject without charts, advice or drift has of them."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Generic[Figures]):
    """One subject of the page.

    `measure` takes its figures from a picture; the other functions know nothing else, so everything that is said or
    drawn stands in the figures. `read` says them, the most telling first. `compare` measures what moved from one
    picture to another. Subjects are shown in `order`.
    """

    order: int
    title: Sentence
    asks: Sentence
    measure: Callable[[Picture], Figures]
    read: Callable[[Figures], list[Sentence]]
    draw: Callable[[Figures], list[Chart]] = nothing
    advise: Callable[[Figures], list[Advice]] = nothing
    compare: Callable[[Picture, Picture], list[Drift]] = nothing
