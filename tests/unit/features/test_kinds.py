"""A feature says which kinds of events its kernel listens to; the others are kept from it."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi import registry
from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.features._feature import DAY, Feature

EVERY = [registry.load("features", name, "FEATURE") for name in registry.names("features")]
FEATURES = [feature for feature in EVERY if feature.update is not None]


def arrays(feature: Feature) -> tuple[np.ndarray, ...]:
    """Three rows that hold the defaults."""
    columns = [np.full(3, c.default, c.dtype) for c in (*feature.columns, *feature.item_columns)]
    return (*columns, np.zeros(len(feature.totals), np.int64)) if feature.totals else tuple(columns)


def numbers(feature: Feature, first: float) -> list[float]:
    """Rising numbers, as many as the kernel takes."""
    return [first + 1.5 * k for k in range(len(feature.numbers))]


def test_a_feature_keeps_columns_through_a_kernel_or_keeps_none():
    for feature in EVERY:
        keeps = bool((*feature.columns, *feature.item_columns))
        assert (feature.update is not None) == (feature.fold is not None) == keeps, feature.name
        assert keeps or feature.scope in ("history", "moment") or feature.catalog, feature.name


def test_a_feature_of_pairs_takes_nothing_that_a_history_does_not_keep():
    for feature in EVERY:
        assert feature.scope != "pair" or feature.numbers == (), feature.name


@pytest.mark.parametrize("feature", FEATURES, ids=lambda each: each.name)
def test_an_event_of_a_kind_that_is_not_named_changes_nothing(feature: Feature):
    # given: a row through which every kind has gone
    columns = arrays(feature)
    for kind in KINDS:
        feature.update.py_func(columns, 1, 2, 400 * DAY, 7, KIND_CODE[kind], *numbers(feature, 2.0))
    before = [column.copy() for column in columns]
    # when
    for kind in set(KINDS) - set(feature.kinds):
        for at in (300 * DAY, 500 * DAY):
            feature.update.py_func(columns, 1, 2, at, 9, KIND_CODE[kind], *numbers(feature, 1.0))
    # then
    assert all(np.array_equal(now, then) for now, then in zip(columns, before, strict=True))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda each: each.name)
def test_an_event_of_a_kind_that_is_named_is_heard(feature: Feature):
    for kind in feature.kinds:
        columns = arrays(feature)
        feature.update.py_func(columns, 1, 2, 400 * DAY, 7, KIND_CODE[kind], *numbers(feature, 2.0))
        assert any(not np.array_equal(now, then) for now, then in zip(columns, arrays(feature), strict=True)), kind
