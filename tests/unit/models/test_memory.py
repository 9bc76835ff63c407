"""What a net says of the memory that it will need."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psutil

from learning_shop import DAY, START, goods_of, interactions
from lingxi.models._memory import need_of
from lingxi.models.sasrec import Config, build

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


def test_a_log_ten_times_as_long_needs_little_more() -> None:
    """Given that moments lie on disk, what is needed of memory is a block and a few bytes an act."""
    assert need_of(200_000_000, 1_000_000, 64, sampled=True).bytes < 8 * GB


def test_a_fit_takes_about_what_was_said() -> None:
    """Given a table that outweighs the rest, what a fit adds to a new process is of the size that it was estimated."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        said, taken = apart.submit(said_and_taken).result()

    assert said / 6 < taken < said


def said_and_taken() -> tuple[int, int]:
    """Bytes that a fit is said to need, and those that it took."""
    past, goods = interactions([(number % 2000, number, number // 2000) for number in range(40_000)]), goods_of(40_000)
    model = build(Config(width=256, layers=1, heads=1, negatives=64, minutes=1e-4, epochs=1, threads=1), seed=0)
    said, held = model.need(past, goods).bytes, []
    before = psutil.Process().memory_info().rss
    model.fit(past, goods, START + 40 * DAY, None, lambda *_, **__: held.append(psutil.Process().memory_info().rss))
    return said, max(held) - before
