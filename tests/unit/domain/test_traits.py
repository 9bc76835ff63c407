"""Traits as numbers: equal for equal values, none for sensitive ones."""

from __future__ import annotations

from typing import Any

import pytest

from lingxi.domain.traits import traits_of
from lingxi.domain.user import Trait, User


def codes(**traits: Any) -> list[int]:
    return traits_of(
        User(id="u", traits={name: each if isinstance(each, Trait) else Trait(each) for name, each in traits.items()})
    ).tolist()


def test_a_sensitive_trait_and_one_without_a_value_have_no_number() -> None:
    assert codes(income=Trait("50-74K", sensitive=True), nothing=None) == []


def test_traits_have_one_number_each_in_rising_order() -> None:
    found = codes(size=3, member=True, plan="gold")

    assert len(found) == 3
    assert found == sorted(found)
    assert min(found) >= 0
    assert codes(plan="gold")[0] in found


@pytest.mark.parametrize(
    ("one", "other", "same"), [(1234, 1241, True), (3, 4, False), (True, 1, False), ("3", 3, True), (0.5, 0.504, True)]
)
def test_numbers_count_by_two_digits(one: Any, other: Any, same: bool) -> None:
    assert (codes(x=one) == codes(x=other)) is same
