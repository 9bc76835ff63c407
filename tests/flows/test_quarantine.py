"""What is held gets in after all: fixed in bulk, replayed into the log, once, with a receipt that adds up."""

from __future__ import annotations

import io
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.cli.main import run
from lingxi.domain.change import Proposal
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.item import Item
from lingxi.ingest import upsert
from lingxi.ingest.accept import conclude, hold, prepare
from lingxi.workflows import quarantine
from lingxi.workflows.quarantine import Chosen, assignments

NOW = time.time_ns() // 1000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, config.Settings(), "default") as desk:
        yield desk


def send(desk: Desk, *records: Any) -> list[str]:
    """As the server takes them."""
    prepared = prepare(records, NOW)
    done = conclude(prepared, desk.parts.log.append(prepared.proposals))
    desk.parts.quarantine.hold(done.held)
    return [each.status for each in done.receipts]


def views(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"kind": "view", "user": f"u{n}", **more} for n in range(count)]


def test_fixed_and_replayed_they_are_in_the_log_once_and_out_of_quarantine(desk: Desk) -> None:
    held, log = desk.parts.quarantine, desk.parts.log
    # given: more than a page of one rule, and one of another
    assert set(send(desk, *views(2_300))) == {"quarantined"}
    send(desk, {"kind": "glance", "user": "u", "item": "tea"})
    sets, chosen = assignments(["item=unknown"]), Chosen("item_missing")
    # when: only looked at
    found = quarantine.fix(held, chosen, sets, NOW, keep=False)
    # then
    assert (found.chosen, found.changed, found.then) == (2_300, 2_300, {"in": 2_300})
    assert '"item":"unknown"' in found.examples[0].after
    assert quarantine.replay(held, log, chosen, NOW).statuses == {"quarantined": 2_300}
    # when
    quarantine.fix(held, chosen, sets, NOW, keep=True)
    done = quarantine.replay(held, log, chosen, NOW)
    # then
    assert (done.sent, done.statuses, done.left) == (2_300, {"accepted": 2_300}, 1)
    assert held.counts() == {"kind_unknown": 1}
    assert len(log.interactions(log.head())) == 2_300
    # an event without a time happened when it was received
    assert {int(at) for at in log.interactions(log.head()).at} == {NOW}


def test_killed_between_log_and_quarantine_the_next_replay_doubles_nothing(desk: Desk, monkeypatch: Any) -> None:
    held, log = desk.parts.quarantine, desk.parts.log
    send(desk, *views(5, item="tea", quantity=-1), *views(3, item="tea"))
    quarantine.fix(held, Chosen("quantity_impossible"), assignments(["quantity=1"]), NOW, keep=True)

    def killed(changes: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(held, "change", killed)
        with pytest.raises(KeyboardInterrupt):
            quarantine.replay(held, log, Chosen(), NOW)
    before = log.head()
    # when
    done = quarantine.replay(held, log, Chosen(), NOW + 1_000_000)
    # then
    assert done.statuses == {"duplicate": 5}
    assert (log.head(), held.counts()) == (before, {})


def test_what_still_does_not_fit_stays_with_the_reason_of_today(desk: Desk) -> None:
    held, log = desk.parts.quarantine, desk.parts.log
    send(desk, {"id": "a", "kind": "view", "user": "u", "item": "tea", "at": NOW})
    assert send(desk, {"id": "a", "kind": "glance", "user": "u", "item": "milk", "at": NOW}) == ["quarantined"]
    send(desk, "no record", {"kind": "glance", "user": "u"})
    quarantine.fix(held, Chosen("kind_unknown"), assignments(["kind=view"]), NOW, keep=True)
    # when
    done = quarantine.replay(held, log, Chosen(), NOW)
    # then
    assert done.statuses == {"conflict": 1, "quarantined": 2}
    assert sum(done.statuses.values()) == done.sent == 3
    assert held.counts() == {"conflict": 1, "item_missing": 1, "shape": 1}
    assert "stored with other content" in held.newest(1, "conflict")[0].reason
    # without its id it is an event of its own
    quarantine.fix(held, Chosen("conflict"), assignments(["id="]), NOW, keep=True)
    assert quarantine.replay(held, log, Chosen("conflict"), NOW).statuses == {"accepted": 1}


def test_what_was_sent_as_an_item_stays_as_it_is(desk: Desk) -> None:
    held = desk.parts.quarantine
    held.hold(upsert.items([{"id": "tea", "kind": "product", "price": "dear"}], NOW).parts)  # type: ignore[arg-type]
    held.hold(upsert.item_deltas([{"id": "tea", "price": 2}], {}, NOW).parts)  # type: ignore[arg-type]
    before = held.newest(9)
    # when
    done = quarantine.replay(held, desk.parts.log, Chosen(), NOW)
    # then
    assert done.statuses == {"quarantined": 2}
    assert held.newest(9) == before
    assert quarantine.fix(held, Chosen(), {"user": "u"}, NOW, keep=True).unreadable == 2


def test_items_and_users_that_are_held_are_fixed_and_replayed_as_what_they_were_sent_as(desk: Desk) -> None:
    held, log = desk.parts.quarantine, desk.parts.log
    # given: whole ones of a wrong shape, changes to ones that nobody posted, and an event of the same id
    held.hold(upsert.items([{"id": "tea", "price": "dear"}, {"id": "jam", "color": "red"}], NOW).parts)  # type: ignore[arg-type]
    held.hold(upsert.item_deltas([{"id": "tea", "stock": 3}], {}, NOW).parts)  # type: ignore[arg-type]
    held.hold(upsert.users([{"id": "ann", "name": 7}], NOW).parts)  # type: ignore[arg-type]
    held.hold(upsert.user_deltas([{"id": "ann", "traits": {"age": {"value": 40}}}], {}, NOW).parts)  # type: ignore[arg-type]
    send(desk, {"kind": "view", "user": "ann"})
    # when: a price and a name are set, each in those that have one
    price, name = assignments(["price=2.5"]), assignments(["name=Ann"])
    assert quarantine.fix(held, Chosen("shape"), price, NOW, keep=True).changed == 2
    assert quarantine.fix(held, Chosen("shape"), name, NOW, keep=True).unreadable == 2
    found = quarantine.replay(held, log, Chosen(), NOW)
    # then: whole ones come before changes to them, what is still wrong stays
    assert found.statuses == {"accepted": 4, "quarantined": 2}
    assert sum(found.statuses.values()) == found.sent == 6
    tea, ann = log.items(["tea"])["tea"], log.users(["ann"])["ann"]
    assert (tea.price, tea.stock) == (2.5, 3)
    assert (ann.name, ann.traits["age"].value) == ("Ann", 40)
    assert {each.rule: each.sort for each in held.newest(9)} == {"shape": "item", "item_missing": "event"}
    # a replay that was interrupted before it let them go finds them stored
    held.hold(upsert.items([{"id": "tea", "price": 2.5, "stock": 3}, 5], NOW).parts[1:])  # type: ignore[arg-type]
    assert quarantine.replay(held, log, Chosen("shape"), NOW).statuses == {"quarantined": 2}


def test_a_repeated_id_of_a_file_stays_while_it_is_taken(desk: Desk) -> None:
    held, log = desk.parts.quarantine, desk.parts.log
    log.append([Proposal(Item(id="tea", price=2.0), NOW)])
    for body in ({"id": "tea", "price": 3.0}, {"id": "tea", "price": 2.0}, {"id": "jam", "price": 1.0}):
        held.hold([hold(body, "conflict", "items.csv, line 9: id: 'tea' stands on an earlier line", NOW, "item")])
    found = quarantine.replay(held, log, Chosen("conflict"), NOW)
    assert found.statuses == {"conflict": 1, "duplicate": 1, "accepted": 1}
    assert log.items(["tea"])["tea"].price == 2.0
    quarantine.fix(held, Chosen("conflict"), assignments(["id=tea-2"]), NOW, keep=True)
    assert quarantine.replay(held, log, Chosen("conflict"), NOW).statuses == {"accepted": 1}
    assert held.counts() == {}


def test_what_an_older_version_held_is_read_as_before(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "quarantine.db") as old:
        old.execute(
            "CREATE TABLE held (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, received BIGINT NOT NULL, "
            "rule TEXT NOT NULL, reason TEXT NOT NULL, body TEXT NOT NULL)"
        )
        rows = [(b"a", NOW, "item_missing", "", '{"kind":"view","user":"u"}'), (b"b", NOW, "shape", "", '{"id":"tea"}')]
        old.executemany("INSERT INTO held (key, received, rule, reason, body) VALUES (?, ?, ?, ?, ?)", rows)
    old.close()
    held, log = open_quarantine(tmp_path), open_log(tmp_path)
    assert [each.sort for each in held.newest(9)] == ["", ""]
    assert quarantine.fix(held, Chosen(), assignments(["item=tea"]), NOW, keep=True).unreadable == 1
    assert quarantine.replay(held, log, Chosen(), NOW).statuses == {"quarantined": 1, "accepted": 1}
    held.close()
    log.close()


def test_fixing_for_a_program_asks_too_unless_told_not_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Desk(tmp_path, config.Settings(), "default") as desk:
        send(desk, *views(3))

    def fix(answer: str, *more: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        code = run(
            [
                "quarantine",
                "fix",
                "--rule",
                "item_missing",
                "--set",
                "item=tea",
                "--json",
                "--home",
                str(tmp_path),
                *more,
            ]
        )
        return code, *capsys.readouterr()

    for refused in ("n\n", ""):
        code, out, err = fix(refused)
        assert (code, out.strip()) == (130, "")
        assert "Set them in 3?" in err
    code, out, err = fix("y\n")
    assert (code, json.loads(out)["fixed"]["changed"]) == (0, 3)
    assert '"item":"tea"' in err, "what is asked about is shown"
    code, out, err = fix("", "--yes")
    assert (code, json.loads(out)["fixed"]["changed"], err) == (0, 0, "")


def test_fixing_makes_equals_one(desk: Desk) -> None:
    held = desk.parts.quarantine
    send(desk, {"kind": "view", "user": "a", "at": NOW}, {"kind": "view", "user": "b", "at": NOW})
    quarantine.fix(held, Chosen("item_missing"), assignments(["user=c", "item=tea"]), NOW, keep=True)
    assert held.counts() == {"item_missing": 1}


@pytest.mark.parametrize("text", ["item", "colour=red", "quantity=-3", "quantity=many", "kind=glance", "context={}"])
def test_what_cannot_be_set_is_said_before_anything_is(text: str) -> None:
    with pytest.raises(Invalid, match="--set"):
        assignments([text])


def test_assignments_have_their_fields_types() -> None:
    given = ["quantity=2", "item=007", "at=2026-11-24T10:00:00Z", "price=", "position=3"]
    assert assignments(given) == {
        "quantity": 2.0, "item": "007", "at": "2026-11-24T10:00:00Z", "price": None, "position": 3
    }  # fmt: skip


def test_an_unknown_rule_or_number_says_what_there_is(desk: Desk) -> None:
    send(desk, *views(2))
    with pytest.raises(Unknown, match=r"item_missing \(2\)"):
        quarantine.replay(desk.parts.quarantine, desk.parts.log, Chosen("itm_missing"), NOW)
    for number in (0, 99, -1, 2**70):
        with pytest.raises(Unknown, match="number"):
            quarantine.show(desk.parts.quarantine, number)


def test_the_command_line_lists_shows_fixes_and_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    with Desk(tmp_path, config.Settings(), "default") as desk:
        send(desk, *views(3))

    def told(*arguments: str) -> Any:
        assert run(["quarantine", *arguments, *home, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    listed = told("list", "--rule", "item_missing", "-n", "2")
    assert listed["counts"] == {"item_missing": 3}
    assert len(listed["newest"]) == 2
    number = str(listed["newest"][0]["number"])
    assert told("show", number)["rule"] == "item_missing"
    assert told("fix", number, "--set", "item=tea", "--replay", "--yes")["replayed"]["statuses"] == {"accepted": 1}
    assert told("fix", "--rule", "item_missing", "--set", "item=tea", "--yes")["fixed"]["changed"] == 2
    assert told("replay", "--all")["left"] == 0
    # people
    assert run(["quarantine", "list", *home]) == 0
    # wrong use
    for wrong in (["replay"], ["replay", "1", "--rule", "x"], ["fix", "1"], ["show", "1"]):
        assert run(["quarantine", *wrong, *home]) == 2


def test_it_works_beside_another_that_writes(desk: Desk, tmp_path: Path) -> None:
    send(desk, *views(500))
    other = Desk(tmp_path, config.Settings(), "default")
    stop = threading.Event()

    def writes() -> None:
        n = 0
        while not stop.is_set():
            prepared = prepare([{"kind": "view", "user": "w", "item": "x", "id": f"w{n}"}], NOW)
            other.parts.log.append(prepared.proposals)
            other.parts.quarantine.hold(prepare([{"kind": "view", "user": f"w{n}"}], NOW).parts)  # type: ignore[arg-type]
            n += 1

    thread = threading.Thread(target=writes)
    thread.start()
    try:
        quarantine.fix(desk.parts.quarantine, Chosen("item_missing"), assignments(["item=t"]), NOW, keep=True)
        done = quarantine.replay(desk.parts.quarantine, desk.parts.log, Chosen("item_missing"), NOW)
    finally:
        stop.set()
        thread.join()
        other.parts.close()
    assert done.statuses["accepted"] >= 500
    assert sum(done.statuses.values()) == done.sent
