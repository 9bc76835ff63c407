"""How a request reads a feature: by its name, with the arrays that its scope says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy.typing as npt

from lingxi import registry
from lingxi.domain.errors import Invalid
from lingxi.domain.history import History
from lingxi.features._feature import Arrays, Feature, Read, Scope

READ_BY: Final[dict[Scope, str]] = {
    "item": "item_feature",
    "shopper": "shopper_feature",
    "pair": "pair_feature",
    "history": "history_feature",
    "moment": "moment_feature",
}
"""What reads a feature of a scope: a method of State."""
NOTHING: Final[Mapping[str, Any]] = {}


class Named(NamedTuple):
    """A read of a feature."""

    feature: Feature
    read: Read


class _Settled(NamedTuple):
    """Statistics of a bundle as arrays, for so many categories."""

    measured: object
    categories: int
    arrays: tuple[npt.NDArray[Any], ...]


class Reading:
    """The reads of a state's features, and their statistics as arrays."""

    def __init__(self, features: Mapping[str, Feature]) -> None:
        self._features = features
        self._named: dict[str, Named] = {}
        self._settled: dict[str, _Settled] = {}

    def named(self, name: str, scope: Scope) -> Named:
        """The read "<feature>.<read>" of a feature of this scope.

        Raises:
            Unknown: there is no such feature, or it has no such read.
            Invalid: it is of another scope.
        """
        found = self._named.get(name)
        if found is None:
            feature, _, read = name.partition(".")
            plugin = self._features[registry.choose("feature", feature, self._features)]
            found = self._named[name] = Named(plugin, plugin.reads[registry.choose("read", read, plugin.reads)])
        if found.feature.scope != scope:
            own = found.feature.scope
            what = f"'{found.feature.name}' is a feature of the scope {own}, and is not read as one of {scope}"
            raise Invalid(what, where=name, remedy=f"read it by State.{READ_BY[own]}")
        return found

    def settled(self, feature: Feature, categories: Sequence[str], statistics: Mapping[str, Any] | None) -> Arrays:
        """The feature's statistics in a bundle, for these categories; nothing where it has none."""
        if feature.settle is None:
            return ()
        measured = (statistics or NOTHING).get(feature.measured_by or feature.name, NOTHING)
        held = self._settled.get(feature.name)
        if held is None or held.measured is not measured or held.categories != len(categories):
            arrays = feature.settle(measured, categories)
            held = self._settled[feature.name] = _Settled(measured, len(categories), arrays)
        return held.arrays


def columns_of(history: History | None) -> Arrays:
    """The list of acts as a history feature reads it."""
    return () if history is None else (history.at, history.item, history.kind)
