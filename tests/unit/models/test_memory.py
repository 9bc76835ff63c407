"""A fit that cannot fit says so before it begins, and what would."""

from __future__ import annotations

import pytest

from lingxi.domain.errors import TooLarge
from lingxi.models._memory import check_memory

GB = 1_000_000_000


def test_a_million_items_fit_into_eight_gigabytes_by_a_sample() -> None:
    assert check_memory(20_000_000, 1_000_000, 64, sampled=True, available=8 * GB) < 8 * GB


def test_what_would_fit_is_said_and_fits() -> None:
    with pytest.raises(TooLarge, match=r"5,000,000 items of width 256 needs about \d+\.\d GB") as error:
        check_memory(1_000_000, 5_000_000, 256, sampled=False, available=4 * GB)

    most = int(error.value.remedy.split("`most`: ")[1].split(" ")[0].replace(",", ""))
    assert check_memory(1_000_000, most, 256, sampled=False, available=4 * GB) <= 4 * GB
    assert "`negatives`" in error.value.remedy


def test_too_many_acts_are_told_as_such() -> None:
    with pytest.raises(TooLarge) as error:
        check_memory(100_000_000, 1000, 64, sampled=True, available=4 * GB)

    assert "fewer acts: 22,500,000 fit" in error.value.remedy
