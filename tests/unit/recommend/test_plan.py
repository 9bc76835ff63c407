"""How the inputs of a blend are made: each from what it is made of, in any order."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.recommend._kernels import newest_of, place, spread_out
from lingxi.recommend.scorers._plan import TINY, follow, parse, plan_of

NAN = np.nan


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("own.log_rank", ("log_rank", "own", "")),
        ("sequence.score", ("score", "sequence", "")),
        ("log popularity.week", ("log", "popularity.week", "")),
        ("new * log popularity.week", ("product", "new", "log popularity.week")),
        ("popularity.week", ("feature", "popularity.week", "")),
        ("new", ("new", "", "")),
    ],
)
def test_a_name_says_how_an_input_is_made(name: str, made: tuple[str, str, str]) -> None:
    """Given the name of an input, when it is parsed, then its making and what it is made of come out."""
    assert parse(name) == made


def test_columns_follow_from_those_before_them() -> None:
    """Given a plan whose first input needs columns that no input names, when it is followed, then each column is what
    its name says."""
    inputs = ("popularity.month * log popularity.week", "log popularity.week", "own.log_rank", "own.lead", "new.lead")
    plan = plan_of(inputs)
    assert (plan.rows, plan.own[1], plan.scores) == (7, (), ())
    week, month = np.array([1.0, 0.0], np.float32), np.array([3.0, 5.0], np.float32)
    values = np.empty((plan.rows, 2), np.float32)
    for row, name in plan.features:
        values[row] = {"popularity.week": week, "popularity.month": month}[name]

    lists = np.array([{"own": 0, "new": -1}[each] for each in plan.sources])
    follow(plan.steps, values, np.array([[NAN, np.log(2.0)]], np.float32), lists, np.array([4.0], np.float32))

    logged = np.log(week + TINY)
    wanted = [month * logged, logged, [4.0, np.log(2.0)], [0.0, np.log(500.0)], [0.0, 0.0]]
    assert values[: len(inputs)] == pytest.approx(np.array(wanted), rel=1e-5)


def test_a_candidate_is_read_where_the_shopper_met_it() -> None:
    """Given candidates of which one was met, when the own table is read, then the others read its last column."""
    scratch = np.zeros(10, np.int32)
    places = place(np.array([7, 3, 9], np.int32), np.array([1, 3], np.int32), scratch)
    values = np.zeros((2, 3), np.float32)

    spread_out(np.array([[5.0, 6.0, 0.5]], np.float32), places, np.array([1]), values)

    assert places.tolist() == [-1, 1, -1]
    assert values.tolist() == [[0.0, 0.0, 0.0], [0.5, 6.0, 0.5]]


def test_the_newest_distinct_items_come_first() -> None:
    """Given acts oldest first, when the newest wanted items are asked for, then each comes once, newest first."""
    items, kinds = np.array([4, 5, 4, -1, 6, 5], np.int32), np.array([0, 0, 0, 0, 1, 0], np.int8)
    at, wanted = np.arange(6), np.array([True, False])

    assert newest_of(items, kinds, at, wanted, 0, 5).tolist() == [5, 4]
    assert newest_of(items, kinds, at, wanted, 0, 1).tolist() == [5]
    assert newest_of(items, kinds, at, wanted, 5, 5).tolist() == [5]
