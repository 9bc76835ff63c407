"""Events as sent get one answer each, and what comes out is ready for the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.backends.log.sqlite import open_log
from lingxi.domain.change import Appended, Proposal
from lingxi.domain.event import Event
from lingxi.ingest.accept import conclude, prepare
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.body import Unreadable
from lingxi.ingest.rules._rule import FACTS
from lingxi.ports.quarantine import Held

NOW = 1_800_000_000_000_000
VIEW = {"kind": "view", "user": "u", "item": "i"}


def event(sent: Any) -> Event:
    (part,) = prepare([sent], NOW, mint=lambda: "minted").parts
    assert isinstance(part, Proposal)
    assert isinstance(part.entry, Event)
    return part.entry


def test_equal_content_with_a_time_is_one_event_however_it_is_written() -> None:
    micros = event({**VIEW, "at": 1_700_000_000_000_000})
    assert event({**VIEW, "at": "2023-11-14T22:13:20Z"}).id == micros.id
    assert event({**VIEW, "kind": "View", "at": 1_700_000_000}).id == micros.id
    assert event({**VIEW, "item": "j", "at": 1_700_000_000_000_000}).id != micros.id
    assert micros.id is not None
    assert micros.id.startswith(f"{1_700_000_000_000_000:016x}")


def test_without_id_and_time_it_is_always_new_and_happens_now() -> None:
    assert event(VIEW) == Event(kind="view", user="u", item="i", id="minted", at=NOW)
    first, second = prepare([VIEW, VIEW], NOW).proposals
    assert first.entry != second.entry


def test_an_id_of_its_own_is_kept() -> None:
    assert event({**VIEW, "id": "e1"}) == Event(kind="view", user="u", item="i", id="e1", at=NOW)


def test_sent_again_later_without_a_time_it_is_a_duplicate(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    said = {**VIEW, "id": "e1"}
    outcomes = [
        log.append(prepare([sent], now).proposals)[0].outcome
        for sent, now in (
            (said, NOW),
            (said, NOW + 5),
            ({**said, "item": "j"}, NOW + 9),
            ({**said, "at": NOW + 9}, NOW + 9),
        )
    ]
    log.close()
    assert outcomes == ["stored", "duplicate", "conflict", "conflict"]


def test_the_original_is_kept_beside_a_repair_and_only_there() -> None:
    repaired, clean = prepare([{**VIEW, "kind": "VIEW", "id": "a"}, VIEW], NOW).proposals
    assert repaired.repairs == ("kind_spelling",)
    assert repaired.original == '{"kind":"VIEW","user":"u","item":"i","id":"a"}'
    assert clean.original is None


def test_each_gets_its_receipt_in_order() -> None:
    sent = [
        {**VIEW, "id": "a"},
        {**VIEW, "id": "bad", "quantity": "two"},
        {**VIEW, "id": "b", "kind": "VIEW"},
        Unreadable("{", "truncated"),
        {**VIEW, "id": "c"},
        {"kind": "purchase", "user": "u", "item": "i", "quantity": 1, "price": 0, "id": "d"},
        {**VIEW, "id": "e"},
        5,
    ]
    prepared = prepare(sent, NOW)
    outcomes = [
        Appended("stored", 1),
        Appended("stored", 2),
        Appended("duplicate", 1),
        Appended("stored", 3),
        Appended("conflict", 1),
    ]
    concluded = conclude(prepared, outcomes)
    statuses = ["accepted", "quarantined", "repaired", "quarantined", "duplicate", "marked", "conflict", "quarantined"]
    assert [receipt.status for receipt in concluded.receipts] == statuses
    assert [receipt.seq for receipt in concluded.receipts] == [1, None, 2, None, 1, 3, 1, None]
    assert concluded.receipts[1].reason == "quantity: expected `float | null`, got `str`"
    assert concluded.receipts[1].id == "bad"
    assert [held.rule for held in concluded.held] == ["shape", "unreadable", "conflict", "shape"]
    assert all(held.reason for held in concluded.held)


def test_what_is_held_is_cut_at_64_kib() -> None:
    (held,) = prepare([{**VIEW, "text": "x" * 100_000}], NOW).parts
    assert isinstance(held, Held)
    assert len(held.body) == 65_536


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = dict.fromkeys(("kind", "user", "session", "item", "at", "quantity", "price", "total", "context"), anything)
fields |= dict.fromkeys(("order", "currency", *FACTS), anything)
around = Surroundings()
kinds = st.sampled_from(["view", "purchase", "search", "Purchase"])


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=fields | {"kind": kinds | anything}) | anything)
def test_nothing_that_is_sent_makes_it_raise(sent: Any) -> None:
    (part,) = prepare([sent], NOW, around=around).parts
    if isinstance(part, Proposal):
        assert isinstance(part.entry, Event)
        assert part.entry.id
        assert part.entry.at is not None
    else:
        assert part.rule
        assert part.reason
