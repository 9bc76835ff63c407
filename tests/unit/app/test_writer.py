"""The calls that wait for the writer: what fails, fails alone; a small one does not wait for a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest

from lingxi.app.calls import Answer, Call
from lingxi.app.writer import Delivery, Writer
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.domain.change import Proposal
from lingxi.domain.errors import LingxiError
from lingxi.domain.item import Item
from lingxi.ingest import upsert
from lingxi.ingest.accept import Events, Prepared, prepare_all
from lingxi.ingest.around.categories import Categories

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


@contextmanager
def running(
    folder: Path, clean: Callable[[Sequence[Events]], list[Prepared]]
) -> Iterator[tuple[Writer, SimpleQueue[Delivery]]]:
    log, quarantine = open_log(folder), open_quarantine(folder)
    deliveries: SimpleQueue[Delivery] = SimpleQueue()

    def deliver(delivery: Delivery) -> None:
        deliveries.put(delivery)
        writer.taken()

    writer = Writer(log, quarantine, 0, clean, deliver, group=1_000)
    try:
        yield writer, deliveries
        assert writer.stop(30)
    finally:
        log.close()
        quarantine.close()


def call(sent: list[object]) -> Call:
    return Call(Events(sent, NOW), len(sent), lambda _: None)


def view(shopper: str) -> object:
    return {"kind": "view", "user": shopper, "item": "tea"}


def told(answer: Answer) -> str:
    return "failed" if isinstance(answer, LingxiError) else answer[0].status
