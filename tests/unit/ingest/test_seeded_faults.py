"""Faults whose truth is known are found, what is genuine is left alone, and both ways in say the same."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.change import Proposal
from lingxi.ingest import accept, clean
from lingxi.ingest.around.surroundings import Surroundings
from seeded_faults import SCHEMA, Sown, sow

NOW = 2_000_000_000_000_000
SECOND = 1_000_000
RULES = (
    *("double_click", "robot", "price_outlier", "quantity_outlier"),
    *("currency_mixup", "tax_mixup", "test_order", "user_spelling"),
)


@cache
def shop(seed: int) -> tuple[Sown, list[set[str]]]:
    """A shop with faults, and the marks of each row, read in frames as an import reads them."""
    sown, around = sow(seed), Surroundings()
    cleaned = pl.concat(clean.many(part, NOW, around) for part in sown.frame().iter_slices(65_536))
    assert cleaned["held"].null_count() == len(cleaned), "a doubt keeps nothing out"
    return sown, [set(marks.split(",")) if marks else set() for marks in cleaned["marks"]]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_its_faults_and_little_else(rule: str, seed: int) -> None:
    sown, marks = shop(seed)
    found = sum(rule in each for each in marks)
    there = sum(rule in each for each in sown.faults)
    right = sum(rule in mine and rule in true for mine, true in zip(marks, sown.faults, strict=True))
    assert there >= 50, "too few to say anything"
    assert right / found >= 0.95, f"precision: {right} of {found}"
    assert right / there >= 0.95, f"recall: {right} of {there}"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rare_sales_are_untouched(seed: int) -> None:
    sown, marks = shop(seed)
    doubts = Counter(rule for each, rare in zip(marks, sown.rare, strict=True) if rare for rule in each)
    # That a quantity is above a thousand is said of fuel too; nothing follows from it.
    assert set(doubts) <= {"quantity_extreme"}
    rare = [row for row, genuine in zip(sown.rows, sown.rare, strict=True) if genuine]
    assert max(row["quantity"] for row in rare if row["item"] == "fuel") > 20_000
    assert max(row["quantity"] for row in rare if row["item"] == "cups") == 500
    proposals = accept.prepare(rare, NOW, around=Surroundings()).proposals
    assert len(proposals) == len(rare)
    for proposal, row in zip(proposals, rare, strict=True):
        assert {name: getattr(proposal.entry, name) for name in row} == row
        assert not proposal.repairs


def test_live_batches_are_judged_as_frames_are() -> None:
    sown, _ = shop(0)
    rows, live, bulk = sown.rows[:6_000], Surroundings(), Surroundings()
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        frame = clean.many(pl.DataFrame(part, schema=SCHEMA), NOW, bulk)
        proposals = accept.prepare(part, NOW, around=live).proposals
        assert [",".join(each.marks) or None for each in proposals] == frame["marks"].to_list()


acts = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["view", "purchase", "search", "add_to_cart", "impression"]),
        "user": st.sampled_from(["anna", "Anna", "anna.0", "bert", None]),
        "session": st.sampled_from(["s1", "s2"]),
        "item": st.sampled_from(["tea", "milk", "fuel"]),
        "at": st.integers(0, 4_000).map(lambda step: 1_700_000_000 * SECOND + step * SECOND // 8),
        "order": st.sampled_from([None, "o1", "o2"]),
        "quantity": st.sampled_from([1.0, 2.0, 900.0]),
        "price": st.sampled_from([None, 1.0, 1.19, 9.0, 0.01]),
    }
)


@settings(deadline=None, max_examples=40)
@given(st.lists(acts, max_size=60), st.lists(st.integers(1, 30), max_size=8))
def test_whatever_comes_in_whatever_parts_both_ways_know_the_same(rows: list[dict[str, Any]], sizes: list[int]) -> None:
    live, bulk = Surroundings(), Surroundings()
    for size in [*sizes, len(rows)]:
        part, rows = rows[:size], rows[size:]
        if not part:
            return
        facts = live.facts(part, NOW)
        held = pl.lit(None, dtype=pl.String).alias("held")
        columns = bulk.columns(pl.DataFrame(part, schema=SCHEMA).with_columns(held))
        for n, known in enumerate(facts):
            row = columns.row(n, named=True)
            assert {
                name: value for name, value in row.items() if name not in {*SCHEMA, "held"} and value is not None
            } == known


def test_a_hand_is_no_robot_and_a_robot_is_one_however_its_acts_are_sent() -> None:
    def views(count: int, step: float) -> list[dict[str, Any]]:
        start = 1_700_000_000 * SECOND
        return [
            {"kind": "view", "user": "u", "item": f"i{n}", "at": start + 1 + int(n * step * SECOND)}
            for n in range(count)
        ]

    def doubted(rows: list[dict[str, Any]], size: int) -> list[bool]:
        around, found = Surroundings(), []
        for start in range(0, len(rows), size):
            parts = accept.prepare(rows[start : start + size], NOW, around=around).parts
            found += ["robot" in part.marks for part in parts if isinstance(part, Proposal)]
        return found

    assert not any(doubted(views(60, 0.9), 60)), "60 in a minute"
    assert all(doubted(views(61, 0.9), 61)), "61 in a minute, known together"
    assert doubted(views(61, 0.9), 1) == [False] * 60 + [True], "one by one only the past is known"
    assert not any(doubted(views(200, 1.1), 200)), "at most 55 in a minute"
    assert all(doubted(views(2_000, 3), 2_000)), "1,200 an hour"
    assert sum(doubted(views(2_000, 3), 100)) == 1_100, "in parts, from the one that makes it more than 900"


def test_calls_that_wait_together_are_cleaned_as_one_and_each_gets_its_own() -> None:
    at = 1_700_000_000 * SECOND + 1
    click = {"kind": "view", "user": "u", "item": "tea", "at": at}
    calls = [
        accept.Events([click, "no event", {**click, "user": "v"}], NOW),
        accept.Events([{**click, "at": at + SECOND}], NOW + 1),
        accept.Events([], NOW + 1),
        accept.Events([{"kind": "view", "user": "u"}, {"kind": "view", "user": "w", "item": "tea"}], NOW + 2),
    ]
    together = accept.prepare_all(calls, mint=lambda: "minted", around=Surroundings())
    around = Surroundings()
    alone = [accept.prepare(sent, now, lambda: "minted", around) for sent, now in calls]
    assert together == alone
    assert [len(each.parts) for each in together] == [3, 1, 0, 2]
    assert [each.marks for each in together[1].proposals] == [("double_click",)]
    assert [each.received for each in together[3].parts] == [NOW + 2] * 2


def test_times_that_are_cut_to_the_minute_say_nothing_of_pace() -> None:
    cut = {"kind": "view", "user": "u", "item": "tea", "at": 1_700_000_040 * SECOND}
    assert [each.marks for each in accept.prepare([cut] * 80, NOW, around=Surroundings()).proposals] == [()] * 80
    exact = {**cut, "at": cut["at"] + SECOND}
    marks = [each.marks for each in accept.prepare([exact] * 3, NOW, around=Surroundings()).proposals]
    assert marks == [(), ("double_click",), ("double_click",)]


def test_what_is_known_is_bounded() -> None:
    around = Surroundings()
    for start in range(0, 200_000, 20_000):
        around.facts(
            [
                {"kind": "purchase", "user": f"u{n}", "item": f"i{n}", "price": 1, "quantity": 1}
                for n in range(start, start + 20_000)
            ],
            NOW,
        )
    # who was met last is still known
    assert (
        around.facts([{"kind": "purchase", "user": "u199999", "item": "i199999", "price": 1, "quantity": 1}], NOW)[0][
            "price_known"
        ]
        == 2
    )
    assert (
        around.facts([{"kind": "purchase", "user": "u1", "item": "i1", "price": 1, "quantity": 1}], NOW)[0][
            "price_known"
        ]
        == 1
    )


@pytest.mark.parametrize(
    ("change", "doubted"),
    [
        ({"user": "test"}, True),
        ({"user": "QA_user 3"}, True),
        ({"user": "tester@shop.example"}, True),
        ({"order": "TEST-0007"}, True),
        ({"item": "TEST001"}, True),
        ({"item": "test product"}, True),
        ({"user": "testa.rossa"}, False),
        ({"user": "protest"}, False),
        ({"user": "Testerman"}, False),
        ({"item": "dummy-3"}, False),  # what a baby sucks
        ({"item": "Test-Kit 3"}, False),
        ({"order": "latest-7"}, False),
    ],
)
def test_only_what_is_called_a_test_is_one(change: dict[str, Any], doubted: bool) -> None:
    row = {"kind": "purchase", "user": "u", "item": "i", "order": "o", "quantity": 1, "price": 2.0, "at": NOW} | change
    assert ("test_order" in clean.one(row, NOW).marks) == doubted
