"""A trained model as an immutable folder."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

FORMAT: Final = 1


class Interval(Struct, frozen=True):
    """A paired difference: its estimate and the bounds of its 95 % bootstrap interval."""

    estimate: float
    low: float
    high: float


class Judgement(Struct, frozen=True, kw_only=True):
    """What the gate found: `metric` of `surface` for the challenger and the champion on the days `since`–`until` (µs).

    `champion` is a bundle id, None for the pipeline without one. `passed` and `reason` say what follows.
    """

    surface: str
    metric: str
    since: int
    until: int
    shoppers: int
    champion: str | None
    champion_value: float
    challenger_value: float
    difference: Interval
    passed: bool
    reason: str


class Recipe(Struct, frozen=True, kw_only=True):
    """What is judged: the model's name, its settings, the features it reads, the seed."""

    model: str
    settings: dict[str, Any]
    features: tuple[str, ...] = ()
    seed: int = 0


class Component(Struct, frozen=True, kw_only=True):
    """One learnt thing of a bundle: its `name` in the pipeline, the `runtime` that answers for it, its `folder`; and
    whether its files hold what shoppers did one by one."""

    name: str
    runtime: str
    folder: str
    settings: dict[str, Any] = {}
    holds_histories: bool = False


class File(Struct, frozen=True):
    """A file of the bundle, for checking: bytes and SHA-256 in hex."""

    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a bundle says of itself. Times are µs UTC; `fit` is the window of the bundle that goes live."""

    format: int
    id: str
    shop: str
    created: int
    recipe: Recipe
    components: tuple[Component, ...]
    seq: int
    fit: tuple[int, int]
    judged: Judgement | None = None
    statistics: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    holds_histories: bool = False
    files: dict[str, File] = {}
