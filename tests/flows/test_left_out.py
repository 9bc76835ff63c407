"""What a setting names is stored and shown, and neither counted nor learned from."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.backends.checkpoints.folder import open_checkpoints
from lingxi.backends.log.sqlite import SqliteLog, open_log
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.ingest.accept import prepare
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.state.checkpoint import digest
from lingxi.state.follow import catch_up
from lingxi.state.state import State
from lingxi.workflows.fold import anew, fold, saved
from lingxi.workflows.take import left_out, take

START = 1_700_000_000_000_000
SECOND = 1_000_000
MARKS = ("double_click", "robot")


def acts(robots: int = 200) -> list[dict[str, Any]]:
    """Twenty people look around and buy, one clicks twice; a robot looks at everything."""
    chance = random.Random(4)
    rows: list[dict[str, Any]] = []
    for shopper in range(20):
        for n in range(10):
            at = START + (shopper * 1_000 + n * 20) * SECOND + 1
            kind = "purchase" if n % 4 == 3 else "view"
            more = {"quantity": 1, "price": 2.0} if kind == "purchase" else {}
            rows.append({"kind": kind, "user": f"u{shopper}", "item": f"i{chance.randrange(9)}", "at": at, **more})
    rows.append({"kind": "view", "session": "bot", "item": "i1", "at": START + 40_000 * SECOND + 1})
    rows.append({**rows[0], "at": rows[0]["at"] + SECOND // 2})
    for n in range(robots):
        at = START + 50_000 * SECOND + n * SECOND // 4 + 1
        rows.append({"kind": "view", "session": "bot", "item": f"i{n % 9}", "at": at})
    return rows


def store(log: SqliteLog, rows: list[dict[str, Any]]) -> None:
    log.append([Proposal(Item(id=f"i{n}", price=2.0), START) for n in range(9)])
    log.append(prepare(rows, START, around=Surroundings()).proposals)


def folded(log: SqliteLog, at_once: int) -> State:
    state = State.empty(log.leave_out)
    for _ in catch_up(state, log, at_once=at_once):
        pass
    return state


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
def test_the_state_is_that_of_a_shop_that_never_heard_of_them(tmp_path: Path, at_once: int) -> None:
    whole, clean = open_log(tmp_path / "whole", MARKS), open_log(tmp_path / "clean")
    store(whole, acts())
    store(clean, acts(robots=0)[:-1])
    assert whole.head() == clean.head() + 201
    mine, other = folded(whole, at_once), folded(clean, 1_000)
    assert digest(mine) == digest(other)
    assert mine.cursor == whole.head(), "they are passed over, not waited for"
    assert digest(folded(open_log(tmp_path / "whole"), 1_000)) != digest(other)
    # what is stored just now is told as what is read
    run = whole.append_run(
        prepare([acts()[0] | {"id": "a"}, acts()[0] | {"id": "b"}], START, around=Surroundings()).proposals
    )[1]
    assert run.left_out is not None
    assert run.left_out.tolist() == [False, True] == whole.read(whole.head() - 2, 9).left_out.tolist()  # type: ignore[union-attr]


def test_a_snapshot_has_none_of_them_and_says_how_many(tmp_path: Path) -> None:
    log = open_log(tmp_path, MARKS)
    store(log, acts())
    found = log.interactions(log.head())
    assert len(found) == 201
    assert not found.marked.any()
    assert len(open_log(tmp_path).interactions(log.head())) == 402
    assert log.marks(log.head()) == {"": 201, "double_click": 1, "robot": 200}
    with Desk(tmp_path / "home", config.Settings(), "default") as desk:
        store(desk.parts.log, acts())  # type: ignore[arg-type]
        from lingxi.workflows.workshop import Workshop

        ground = Workshop(
            "default", desk.parts.log, desk.parts.log, desk.parts.bundles, tmp_path, START * 2, None, config.Gate()
        )
        snapshot = take(ground, tmp_path, lambda *_, **__: None)
    assert len(snapshot.interactions) == 201
    told = "Left out (cleaning.leave_out): 201 of 402 events: double_click 1, robot 200, test_order 0."
    assert left_out(snapshot.about) == told


def test_a_mark_is_meant_by_its_whole_name(tmp_path: Path) -> None:
    log = open_log(tmp_path, ("robot",))
    event = Event(kind="view", id="a", user="u", item="i", at=START)
    log.append(
        [
            Proposal(event, START, ("robotic", "not_robot")),
            Proposal(Event(kind="view", id="b", user="u", item="i", at=START), START, ("price_zero", "robot")),
        ]
    )
    assert len(log.interactions(9)) == 1
    assert log.read(0, 9).left_out.tolist() == [False, True]  # type: ignore[union-attr]


def test_a_checkpoint_of_another_setting_is_folded_anew(tmp_path: Path) -> None:
    log, checkpoints = open_log(tmp_path, MARKS), open_checkpoints(tmp_path)
    store(log, acts())
    state = fold(log, checkpoints, lambda *_, **__: None)
    assert saved(log, checkpoints).cursor == state.cursor == log.head()
    other = open_log(tmp_path, ("robot",))
    assert saved(other, checkpoints).cursor == 0
    again = fold(other, checkpoints, lambda *_, **__: None)
    assert (again.cursor, digest(again)) == (log.head(), digest(anew(other)))
    assert digest(again) != digest(state)
    popularity = [
        float(np.sum(each.item_feature("popularity.month", np.arange(9, dtype=np.int32), START)))
        for each in (state, again)
    ]
    assert popularity[1] > popularity[0], "the second click counts again"
