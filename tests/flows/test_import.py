"""A data set goes into a shop once, whatever happens on the way."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from lingxi.backends.checkpoints.folder import open_checkpoints
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.domain.change import Proposal
from lingxi.domain.errors import Refused
from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User
from lingxi.state.checkpoint import digest, state_of
from lingxi.workflows.imports import DAY, ImportReceipt, Shop, Times, import_dataset, imported
from lingxi.workflows.inspect import inspect

NOW = 1_800_000_000_000_000
FIRST = 1_500_000_000_000_000
LINES = 1_000


class Corner:
    """A corner shop: 40 items, 25 users, 1,000 lines, of which a few are faulty."""

    name = "corner"
    about = "Made up for a test."
    about_zh = "为测试编造。"

    def sizes(self) -> dict[str, int]:
        return {"items": 40, "users": 25, "events": LINES}

    def span(self) -> tuple[int, int]:
        return FIRST, FIRST + (LINES - 1) * 3_600_000_000

    def items(self) -> Iterator[Item]:
        return (Item(id=f"i{n}", title=f"Item {n}", price=1.0 + n) for n in range(40))

    def users(self) -> Iterator[User]:
        return (User(id=f"u{n}", traits={"age": Trait("45-54", sensitive=True)}) for n in range(25))

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        assert rows >= 50
        for start in range(0, LINES, 50):
            yield pl.DataFrame([self._line(n) for n in range(start, start + 50)], infer_schema_length=None)

    def _line(self, n: int) -> dict[str, object]:
        quantity = {7: 0.0, 13: 0.0, 400: 89_638.0}.get(n, 1.0)
        return {
            "kind": "purchase",
            "user": f"u{n % 25}",
            "item": f"i{n * 7 % 41}",
            "order": f"o{n // 3}",
            "at": FIRST + n * 3_600_000_000,
            "quantity": quantity,
            "price": 0.0 if n == 20 else 2.5 if quantity else None,
            "total": 1.5 if n == 13 else None,
        }


def bring_in(folder: Path, die_after: int | None = None, times: Times = "shifted") -> ImportReceipt:
    """Imports the corner shop; with `die_after` the process is killed at that report of progress."""
    told = 0

    def watch(stage: str, done: float, **figures: float) -> None:
        nonlocal told
        told += 1
        if told == die_after:
            os.kill(os.getpid(), signal.SIGKILL)

    log = open_log(folder)
    try:
        shop = Shop(log, open_quarantine(folder), open_checkpoints(folder), folder)
        return import_dataset(Corner(), shop, NOW, times, watch)
    finally:
        log.close()


def test_the_receipt_adds_up_to_what_was_read(tmp_path: Path) -> None:
    receipt = bring_in(tmp_path)
    assert receipt.items.statuses == {"accepted": 40}
    assert receipt.users.statuses == {"accepted": 25}
    assert receipt.events.read == LINES == sum(receipt.events.statuses.values())
    assert receipt.events.statuses == {"accepted": LINES - 4, "repaired": 1, "marked": 2, "quarantined": 1}
    rules = {"quantity_zero_paid": 1, "quantity_impossible": 1, "quantity_extreme": 1, "price_zero": 1}
    assert receipt.events.rules == rules | {"quantity_outlier": 1}
    assert receipt.seq == 40 + 25 + LINES - 1
    assert imported(tmp_path) == receipt


def test_times_move_by_whole_weeks_to_the_last_seven_days(tmp_path: Path) -> None:
    receipt = bring_in(tmp_path)
    assert receipt.shift_days % 7 == 0
    assert receipt.last is not None
    assert 0 <= NOW - receipt.last < 7 * DAY
    assert receipt.first == FIRST + receipt.shift_days * DAY


def test_the_original_times_can_be_kept_but_not_mixed(tmp_path: Path) -> None:
    assert bring_in(tmp_path, times="original").first == FIRST
    with pytest.raises(Refused, match="original"):
        bring_in(tmp_path, times="shifted")


def test_again_it_doubles_nothing_and_keeps_the_shops_own_changes(tmp_path: Path) -> None:
    first = bring_in(tmp_path)
    log = open_log(tmp_path)
    dearer = Item(id="i3", title="Item 3", price=9.0)
    log.append([Proposal(dearer, NOW)])
    again = bring_in(tmp_path)
    assert again.seq == first.seq + 1
    assert log.items(["i3"]) == {"i3": dearer}
    log.close()
    assert again.items.statuses == {"duplicate": 40}
    assert again.users.statuses == {"duplicate": 25}
    assert again.events.statuses == {"duplicate": LINES - 1, "quarantined": 1}
    assert open_quarantine(tmp_path).counts() == {"quantity_impossible": 1}


def test_killed_on_the_way_and_run_again_it_is_the_same_shop(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    expected = bring_in(whole)
    spawn = multiprocessing.get_context("spawn")
    for die_after in (1, 2, 5, 11, 20):
        child = spawn.Process(target=bring_in, args=(broken, die_after))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    receipt = bring_in(broken)
    assert receipt.seq == expected.seq
    assert receipt.shift_days == expected.shift_days
    assert receipt.events.read == LINES == sum(receipt.events.statuses.values())
    states = []
    for folder in (whole, broken):
        latest = open_checkpoints(folder).latest()
        assert latest is not None
        assert latest[0] == expected.seq
        states.append(digest(state_of(latest[1], latest[2])))
    assert states[0] == states[1]


def test_inspect_tells_what_came_in(tmp_path: Path) -> None:
    receipt = bring_in(tmp_path)
    log = open_log(tmp_path)
    report = inspect(log, open_quarantine(tmp_path), tmp_path)
    log.close()
    assert report.types == {"event": LINES - 1, "item": 40, "user": 25}
    assert report.kinds == {"purchase": LINES - 1}
    assert (report.first, report.last) == (receipt.first, receipt.last)
    assert (report.items_posted, report.items_stub, report.shoppers) == (40, 1, 25)
    assert report.orders == 334
    assert 0 <= report.sparsity < 1
    assert report.imported == receipt
    rates = {rate.rule: rate for rate in report.rules}
    assert rates["quantity_zero_paid"].examples[0].startswith('{"kind":"purchase"')
    assert '"quantity":0.0,"total":1.5' in rates["quantity_zero_paid"].examples[0]
    assert rates["quantity_impossible"].effect == "held"
    assert rates["quantity_extreme"].events == 1


def test_inspect_of_an_empty_log_is_a_report_too(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    report = inspect(log, open_quarantine(tmp_path), tmp_path)
    log.close()
    assert (report.seq, report.first, report.kinds, report.rules) == (0, None, {}, [])
