"""The calls that wait for the writer are cleaned together; what fails, fails alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

from lingxi.app.writer import Answer, Call, Delivery, Writer
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.domain.errors import LingxiError
from lingxi.ingest.accept import Events, Prepared, prepare_all

NOW = 1_700_000_000_000_000


def test_a_call_that_cannot_be_cleaned_fails_for_no_other(tmp_path: Path) -> None:
    groups: list[int] = []

    def clean(calls: Sequence[Events]) -> list[Prepared]:
        groups.append(len(calls))
        if any(each.sent == ["broken"] for each in calls):
            raise RuntimeError("broken")
        return prepare_all(calls)

    log, quarantine = open_log(tmp_path), open_quarantine(tmp_path)
    deliveries: SimpleQueue[Delivery] = SimpleQueue()
    writer = Writer(log, quarantine, 0, clean, deliveries.put, group=100)
    for sent in ([{"kind": "view", "user": "u", "item": "tea"}], ["broken"], [{"kind": "view", "user": "v"}]):
        writer.submit(Call(Events(sent, NOW), 1, lambda _: None))

    writer.start()
    answers = deliveries.get(timeout=30).answers
    writer.stop(30)
    log.close()
    quarantine.close()

    assert groups == [3, 1, 1, 1]
    assert sorted(map(told, (answer for _, answer in answers))) == ["accepted", "failed", "quarantined"]


def told(answer: Answer) -> str:
    return "failed" if isinstance(answer, LingxiError) else answer[0].status
