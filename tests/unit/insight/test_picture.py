"""What a purchase knows of the time before it, and in whose days a day is counted."""

from __future__ import annotations

import polars as pl

from lingxi.insight.picture import About, items_of, picture_of
from lingxi.ports.survey import SCHEMA
from made_picture import MONDAY, Line, picture


def test_lines_of_one_time_do_not_come_before_each_other() -> None:
    # given: a basket of one item twice, the same item three days later, and someone else's purchase of it in between
    seen = picture([Line(day=3), Line(), Line(), Line(who=1, day=1)])
    # then: a repeat is what was bought at an earlier time
    assert seen.purchases["gap"].to_list() == [None, None, None, 3.0]
    assert seen.purchases["shopper_before"].to_list() == [0, 0, 0, 2]
    assert seen.purchases["item_before"].to_list() == [0, 0, 2, 3]


def test_two_lines_of_a_later_basket_have_the_same_gap() -> None:
    seen = picture([Line(), Line(day=2), Line(day=2), Line(day=5)])
    assert seen.purchases["gap"].to_list() == [None, 2.0, 2.0, 3.0]


def test_only_purchases_of_an_item_by_a_shopper_count_as_such() -> None:
    seen = picture([Line(kind="view"), Line(kind="refund"), Line(item=-1), Line(who=-1), Line()])
    assert (len(seen.events), len(seen.purchases)) == (5, 1)


def test_days_and_hours_are_the_shops_own() -> None:
    # given: 23:00 UTC on a Monday, which is Tuesday morning in Shanghai
    seen = picture([Line(hour=23)], about=About(timezone="Asia/Shanghai"))
    row = seen.events.row(0, named=True)
    assert (row["day"], row["hour"], row["weekday"]) == (MONDAY // 86_400_000_000 + 1, 7, 2)


def test_a_part_keeps_what_its_purchases_know_of_the_time_before() -> None:
    seen = picture([Line(), Line(day=9)])
    part = seen.where(pl.col("day") > seen.events["day"][0])
    assert part.purchases["gap"].to_list() == [9.0]


def test_nothing_is_a_picture_too() -> None:
    seen = picture_of([], items_of([], []), About())
    assert (len(seen.events), len(seen.purchases), seen.until) == (0, 0, 0)
    assert set(SCHEMA) < {*seen.events.columns, *seen.purchases.columns}
