"""The newest version of every item comes back as it was put, before and after a checkpoint."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.item import Item
from lingxi.state import _records
from lingxi.state._records import Records

PUTS = st.lists(st.tuples(st.integers(0, 9), st.text(max_size=20)), max_size=40)


def put(records: Records, puts: list[tuple[int, str]], newest: dict[int, Item]) -> None:
    for number, title in puts:
        newest[number] = Item(id=f"i{number}", title=title, title_zh="茶", price=1.5, attributes={"cost": 1})
        records.put(number, newest[number])


def same(records: Records, newest: dict[int, Item]) -> bool:
    return [records.get(number) for number in range(-1, 12)] == [newest.get(number) for number in range(-1, 12)]


@settings(deadline=None)
@given(PUTS, PUTS, PUTS)
def test_the_newest_version_is_known_before_and_after_checkpoints(
    first: list[tuple[int, str]], then: list[tuple[int, str]], last: list[tuple[int, str]]
) -> None:
    records, newest = Records(), dict[int, Item]()
    for puts in (first, then, last):
        put(records, puts, newest)
        assert same(records, newest)
        told, size = records.saved()()
        assert int(size.sum()) == len(told)
        records = Records()
        records.load(told, size)
        assert same(records, newest)


def test_what_was_replaced_takes_no_memory_for_long() -> None:
    before, after = Records(), dict[int, Item]()
    put(before, [(number, "x" * 400) for number in range(100)], after)
    records = Records()
    records.load(*before.saved()())
    for turn in range(200):
        put(records, [(number, f"{turn}" * 100) for number in range(0, 100, 2)], after)
    assert len(records.later) < 2 * _records.SPARE
    assert [records.get(number) for number in range(100)] == [after[number] for number in range(100)]
