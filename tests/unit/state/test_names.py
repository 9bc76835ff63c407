"""Ids by number and numbers by id, with as few as with many."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.state._names import ROOM, Names


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=60), st.integers(0, 60))
def test_every_id_has_its_number_and_no_other_has_one(ids: list[str], known: int) -> None:
    names = Names(ids[:known])
    for each in ids[known:]:
        names.append(each)
    assert list(names) == ids
    assert [names[no] for no in range(len(ids))] == ids
    assert dict(names.number) == {each: no for no, each in enumerate(ids)}
    assert list(Names.load(*names.saved()())) == ids
    assert names.number.get("x" * 41) is None
    assert "x" * 41 not in names.number


def test_it_grows_past_its_room_and_takes_long_ids() -> None:
    ids = [f"{'long-' * (no % 7)}{no}" for no in range(3 * ROOM)]
    names = Names(ids[:5])
    for each in ids[5:]:
        names.append(each)
    assert names[-1] == ids[-1]
    assert names[ROOM - 1 : ROOM + 2] == ids[ROOM - 1 : ROOM + 2]
    assert [names.find(each) for each in ids] == list(range(len(ids)))


def test_an_unknown_id_and_a_number_beyond_the_last_are_errors() -> None:
    names = Names(["tea"])
    with pytest.raises(KeyError):
        names.number["milk"]
    with pytest.raises(IndexError):
        names[1]


def test_ids_that_were_saved_otherwise_are_an_error_and_no_endless_search() -> None:
    told, size = Names(["tea", "milk"]).saved()()
    with pytest.raises(ValueError, match="not as long"):
        Names.load(told[told != 0], size)


def test_another_thread_may_look_up_while_ids_are_added() -> None:
    first = ["first", *(f"n{no}" for no in range(1, 1500))]
    names, wrong, done = Names(first), list[str](), threading.Event()

    def look() -> None:
        while not done.is_set():
            size = len(names)
            wrong.extend(each for each in (f"n{size - 2}", "first") if size > 2 and names.find(each) < 0)

    thread = threading.Thread(target=look)
    thread.start()
    for no in range(1500, 20 * ROOM):
        names.append(f"n{no}")
    done.set()
    thread.join()
    assert not wrong
