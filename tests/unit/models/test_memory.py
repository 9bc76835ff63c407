"""What a net says of the memory that it will need."""

from __future__ import annotations

from lingxi.models._memory import need_of

GB = 1_000_000_000


def test_a_million_items_fit_into_eight_gigabytes_by_a_sample() -> None:
    assert need_of(20_000_000, 1_000_000, 64, sampled=True).bytes < 8 * GB


def test_settings_that_need_less_are_named_and_need_less() -> None:
    need = need_of(1_000_000, 5_000_000, 256, sampled=False)
    assert need.remedy == "`most` below 5,000,000, or `width` below 256, or `negatives`: 4096"
    assert need_of(1_000_000, 2_000_000, 256, sampled=False).bytes < need.bytes
    assert need_of(1_000_000, 5_000_000, 128, sampled=False).bytes < need.bytes
    assert need_of(1_000_000, 5_000_000, 256, sampled=True).bytes < need.bytes


def test_too_many_acts_are_told_as_such() -> None:
    assert "fewer than 100,000,000 acts" in need_of(100_000_000, 1000, 64, sampled=True).remedy
