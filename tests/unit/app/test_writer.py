"""The calls that wait for the writer: what fails, fails alone; a small one does not wait for a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from lingxi.app.calls import Answer, Call
from lingxi.app.writer import Delivery, Writer
from lingxi.backends.log.sqlite import SqliteLog, open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.domain.change import Appended, Proposal, Receipt
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.domain.item import Item
from lingxi.ingest import upsert
from lingxi.ingest.accept import Events, Prepared, prepare_all
from lingxi.ingest.around.categories import Categories
from lingxi.ports.log import Run

NOW = 1_700_000_000_000_000


def test_a_call_that_cannot_be_cleaned_fails_for_no_other(tmp_path: Path) -> None:
    groups: list[int] = []

    def clean(calls: Sequence[Events]) -> list[Prepared]:
        groups.append(len(calls))
        if any(each.sent == ["broken"] for each in calls):
            raise RuntimeError("broken")
        return prepare_all(calls)

    with running(tmp_path, clean) as (writer, deliveries):
        for sent in ([view("u")], ["broken"], [{"kind": "view", "user": "v"}]):
            writer.submit(call(sent))
        writer.start()
        answers = deliveries.get(timeout=30).answers

    assert groups == [3, 1, 1, 1]
    assert sorted(map(told, (answer for _, answer in answers))) == ["accepted", "failed", "quarantined"]


def test_a_small_call_is_stored_while_a_large_one_is_cleaned(tmp_path: Path) -> None:
    pieces: list[int] = []
    click = call([view("click")])

    def clean(calls: Sequence[Events]) -> list[Prepared]:
        pieces.extend(len(each.sent) for each in calls)
        if len(pieces) == 1:
            writer.submit(click)
        return prepare_all(calls)

    with running(tmp_path, clean) as (writer, deliveries):
        large = call([view(f"u{number}") for number in range(300)])
        writer.submit(large)
        writer.start()
        order = [answers[0] for answers in (deliveries.get(timeout=30).answers for _ in range(3)) if answers]

    assert pieces == [128, 1, 128, 44]
    assert [each for each, _ in order] == [click, large]
    seqs = [[receipt.seq for receipt in found] for _, found in order if not isinstance(found, LingxiError)]
    assert seqs == [[1], list(range(2, 302))]


def test_a_small_call_is_stored_between_the_pieces_of_a_large_one(tmp_path: Path) -> None:
    """Given a click while a large call is stored, it is answered first, and the state gets what was
    stored in the order of the log."""
    click, large = call([view("click")]), call([view(f"u{number}") for number in range(300)])
    with running(tmp_path, prepare_all, after_a_piece=lambda: writer.submit(click)) as (writer, deliveries):
        writer.submit(large)
        writer.start()
        found = [deliveries.get(timeout=30) for _ in range(3)]

    first, last = (each for each in found if each.answers)
    assert [first.answers[0][0], last.answers[0][0]] == [click, large]
    assert [told(answer) for _, answer in first.answers] == ["accepted"]
    assert [receipt.seq for receipt in receipts(last)] == [*range(1, 257), *range(258, 302)]
    seqs = [seq for each in found for run in each.runs for seq in run.seq.tolist()]
    assert seqs == list(range(1, 302))


def test_what_a_small_call_repeats_of_a_large_one_is_on_disk_when_it_is_answered(tmp_path: Path) -> None:
    """Given an event of a piece that is not synced yet, when it is sent again alone, its answer waits for the disk."""
    event = {**view("u0"), "id": "e0"}
    again, large = call([event]), call([event, *(view(f"u{number}") for number in range(1, 300))])
    with running(tmp_path, prepare_all, after_a_piece=lambda: writer.submit(again)) as (writer, deliveries):
        writer.submit(large)
        writer.start()
        found = [deliveries.get(timeout=30) for _ in range(3)]

    place, first = next((place, each) for place, each in enumerate(found) if each.answers)
    assert [each.status for each in receipts(first)] == ["duplicate"]
    assert writer._log.settled[place] == 1  # type: ignore[attr-defined]


def test_a_large_call_that_is_stored_in_part_says_so(tmp_path: Path) -> None:
    """Given a disk that fails after the first piece, the caller is told, what is stored reaches the state, and what is
    sent again is not stored twice."""

    def fail() -> None:
        raise Unavailable("the disk is full", where="log.db")

    sent = [{**view(f"u{number}"), "id": f"e{number}"} for number in range(300)]
    with running(tmp_path, prepare_all, after_a_piece=fail) as (writer, deliveries):
        writer.submit(call(sent))
        writer.start()
        failed = next(each for each in iter(partial(deliveries.get, timeout=30), None) if each.answers)
        writer.submit(call(sent))
        again = next(each for each in iter(partial(deliveries.get, timeout=30), None) if each.answers)

    ((_, error),) = failed.answers
    assert isinstance(error, Unavailable)
    assert "the first 128 of 300 are stored" in error.what
    assert "send all again" in error.remedy
    assert [len(run) for run in failed.runs] == [128]
    assert [each.status for each in receipts(again)] == ["duplicate"] * 128 + ["accepted"] * 172


def test_what_another_process_stored_is_on_disk_when_it_is_repeated(tmp_path: Path) -> None:
    """Given an event that is in the log already, when it is sent again, its answer waits for the disk: who stored it
    may not have."""
    event = {**view("u0"), "id": "e0"}
    with running(tmp_path, prepare_all) as (writer, deliveries):
        for _ in range(2):
            writer.submit(call([event]))
        writer.start()
        first = deliveries.get(timeout=30)
        writer.submit(call([event]))
        again = next(each for each in iter(partial(deliveries.get, timeout=30), None) if each.answers)

    assert len(first.answers) == 2
    assert [each.status for each in receipts(again)] == ["duplicate"]
    assert writer._log.settled[-1] == 1  # type: ignore[attr-defined]


def test_what_was_cleaned_and_not_stored_is_told_though_the_next_is(tmp_path: Path) -> None:
    """Given two large calls of which the first fails in the middle and the second does not, the cleaner hears of it."""

    def fail() -> None:
        raise Unavailable("locked", where="log.db")

    with running(tmp_path, prepare_all, after_a_piece=fail) as (writer, deliveries):
        for first in (0, 300):
            writer.submit(call([view(f"u{number}") for number in range(first, first + 300)]))
        writer.start()
        found = next(each for each in iter(partial(deliveries.get, timeout=30), None) if each.answers)

    assert sorted(isinstance(answer, LingxiError) for _, answer in found.answers) == [False, True]
    assert writer.lost
    assert writer.fault is None


def test_a_call_that_failed_by_itself_is_told_that_though_the_disk_fails_too(tmp_path: Path) -> None:
    """Given a large call that cannot be cleaned beside one that is stored, when the disk does not settle, only the one
    that is stored is said to be."""

    def clean(calls: Sequence[Events]) -> list[Prepared]:
        if calls[0].sent[0] == "broken":
            raise RuntimeError("broken")
        return prepare_all(calls)

    bad, good = call(["broken"] * 300), call([view(f"u{number}") for number in range(300)])
    with running(tmp_path, clean) as (writer, deliveries):
        writer._log.broken = True  # type: ignore[attr-defined]
        writer.submit(bad)
        writer.submit(good)
        writer.start()
        found = next(each for each in iter(partial(deliveries.get, timeout=30), None) if each.answers)

    told_of = {id(each): answer for each, answer in found.answers}
    assert isinstance(told_of[id(bad)], LingxiError)
    assert "stored" not in str(told_of[id(bad)])
    assert "the first 300 of 300 are stored" in str(told_of[id(good)])


def test_a_large_call_that_cannot_be_cleaned_stores_nothing(tmp_path: Path) -> None:
    def clean(calls: Sequence[Events]) -> list[Prepared]:
        if len(calls[0].sent) < 128:
            raise RuntimeError("broken")
        return prepare_all(calls)

    with running(tmp_path, clean) as (writer, deliveries):
        writer.submit(call([view(f"u{number}") for number in range(200)]))
        writer.start()
        found = [deliveries.get(timeout=30).answers for _ in range(2)]

    ((_, answer),) = [each for answers in found for each in answers]
    assert told(answer) == "failed"
    log = open_log(tmp_path)
    assert log.head() == 0
    log.close()


def test_what_waits_is_stored_before_the_end(tmp_path: Path) -> None:
    with running(tmp_path, prepare_all) as (writer, _):
        writer.submit(call([view(f"u{number}") for number in range(300)]))
        writer.submit(call([view("click")]))
        writer.start()

    log = open_log(tmp_path)
    assert log.head() == 301
    log.close()


@pytest.mark.parametrize("copies", [1, 100])
def test_changes_to_one_item_know_of_each_other(tmp_path: Path, copies: int) -> None:
    """Given two changes of different fields of an item that wait together with events, neither undoes the other."""
    with running(tmp_path, prepare_all) as (writer, _):
        log = open_log(tmp_path)
        log.append([Proposal(Item(id="tea", price=1.0, stock=1), NOW)])
        for change in ({"price": 2.0}, {"stock": 7}):
            sent = [{"id": "tea", **change}] * copies
            records = partial(lambda sent: upsert.item_deltas(sent, log.items(["tea"]), NOW, Categories()), sent)
            writer.submit(Call(records, len(sent), lambda _: None))
            writer.submit(call([view(f"u{number}") for number in range(200)]))
        writer.start()
        assert writer.stop(30)
        (tea,) = log.items(["tea"]).values()
        log.close()

    assert (tea.price, tea.stock) == (2.0, 7)


class Interrupted(SqliteLog):
    """Does something once, before the second piece of a large call is stored; `settled` is how often it was told to
    settle before each delivery."""

    do: Callable[[], None] | None = None
    pieces = settles = 0
    broken = False
    settled: list[int]

    def settle(self) -> None:
        if self.broken:
            raise Unavailable("the disk does not answer", where="log.db")
        super().settle()
        self.settles += 1

    def append_run(self, proposals: Sequence[Proposal], *, lasting: bool = True) -> tuple[list[Appended], Run]:
        self.pieces += not lasting
        if self.pieces == 2 and not lasting and self.do is not None:
            do, self.do = self.do, None
            do()
        return super().append_run(proposals, lasting=lasting)


@contextmanager
def running(
    folder: Path,
    clean: Callable[[Sequence[Events]], list[Prepared]],
    after_a_piece: Callable[[], None] | None = None,
) -> Iterator[tuple[Writer, SimpleQueue[Delivery]]]:
    log, quarantine = Interrupted(folder), open_quarantine(folder)
    log.do, log.settled = after_a_piece, []
    deliveries: SimpleQueue[Delivery] = SimpleQueue()

    def deliver(delivery: Delivery) -> None:
        log.settled.append(log.settles)
        deliveries.put(delivery)
        writer.taken()

    writer = Writer(log, quarantine, 0, clean, deliver, group=1_000)
    try:
        yield writer, deliveries
        assert writer.stop(30)
    finally:
        log.close()
        quarantine.close()


def call(sent: Sequence[Any]) -> Call:
    return Call(Events(sent, NOW), len(sent), lambda _: None)


def view(shopper: str) -> dict[str, str]:
    return {"kind": "view", "user": shopper, "item": "tea"}


def receipts(delivery: Delivery) -> list[Receipt]:
    ((_, answer),) = delivery.answers
    assert not isinstance(answer, LingxiError)
    return answer


def told(answer: Answer) -> str:
    return "failed" if isinstance(answer, LingxiError) else answer[0].status
