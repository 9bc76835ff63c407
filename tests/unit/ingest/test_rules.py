"""Every cleaning rule says the same of one record and of a column, and what it says is right."""

from __future__ import annotations

import math
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi import registry
from lingxi.domain.event import KINDS
from lingxi.ingest import clean
from lingxi.ingest.rules._rule import FACTS

NOW = 1_800_000_000_000_000
DAY = 86_400_000_000
SCHEMA = {
    **dict.fromkeys(("kind", "user", "session", "item"), pl.String),
    "at": pl.Int64,
    **dict.fromkeys(("quantity", "price", "list_price", "total"), pl.Float64),
    **dict.fromkeys(("order", "category", "category_usual"), pl.String),
    **dict.fromkeys(FACTS, pl.Float64),
}
ids = st.none() | st.sampled_from(["", " ", "\t", "a", "b c"]) | st.text(max_size=3)
kinds = st.none() | st.sampled_from([*KINDS, "Add-To-Cart", "addToCart", "PURCHASE", "re view", "transaction", ""])
numbers = st.none() | st.sampled_from([0.0, -0.0, 1.0, 1000.0, 1000.5, 1e9, 2e9, 1e12, 2e12, -1.0]) | st.floats()
times = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from(
        [0, 10**8 - 1, 10**8, 10**11 - 1, 10**11, 10**14 - 1, 10**14, 10**17 - 1, 10**17, NOW, NOW + DAY, NOW + DAY + 1]
    )
)
orders = st.none() | st.sampled_from(["test", "TEST-17", "tester", "qa_user@x", "latest", "test\n", "TEST001", "teſt"])
MEASURED = [None, 0.0, 0.01, 0.3, 1.0, 2.0, 3.0, 5.0, 60.0, 61.0, 900.0, 901.0, 2e6, 2e6 + 1]
LOGS = [None, 0.01, 0.3, 3.0, *(math.log(each) for each in (0.4, 0.5, 0.8, 1 / 1.19, 1.0, 1.19, 1.2, 7.1, 1 / 7.1))]
texts = (
    st.none()
    | st.integers(0, 10**19).map(str)
    | st.text(max_size=5)
    | st.from_regex(
        r"(19[67]\d|20\d\d|0000)-(0[0-9]|1[0-3])-[0-3]\d[T ][0-2]\d:[0-6]\d(:[0-6]\d([.,]\d{1,10})?)?"
        r"( ?(Z|[+-]\d\d:?\d\d))?",
        fullmatch=True,
    )
)


def records(at: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {"kind": kinds, "user": ids, "session": ids, "item": ids, "at": at, "order": orders}
    fields |= dict.fromkeys(("category", "category_usual"), st.none() | st.sampled_from(["Tea", "tea"]))
    given = st.fixed_dictionaries(fields | dict.fromkeys(("quantity", "price", "list_price", "total"), numbers))
    return st.builds(lambda row, seed: row | around(random.Random(seed)), given, st.integers(0, 2**32))


def around(chance: random.Random) -> dict[str, float | None]:
    """What may be known around an event."""
    logs = ("shift", "price_usual", "price_spread", "quantity_usual", "quantity_spread")
    return {name: chance.choice(LOGS if name in logs else MEASURED) for name in FACTS}


def same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return left == right or (left is not None and right is not None and str(left) == str(right))


@pytest.mark.parametrize("name", registry.names("ingest/rules"))
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_one_record_and_a_column_agree(name: str, data: st.DataObject) -> None:
    rule = registry.load("ingest/rules", name, "RULE")
    textual = name == "time_text"  # every later rule finds the times that it has read
    rows = data.draw(st.lists(records(texts if textual else times), min_size=1, max_size=8))
    frame = pl.DataFrame(rows, schema={**SCHEMA, "at": pl.String if textual else pl.Int64})
    found = rule.columns(frame.schema, NOW)
    when = frame.select(found.when.alias("when"))["when"]
    if len(when) == 1:
        when = when.extend_constant(when[0], len(rows) - 1)
    sets = {field: frame.select(value.alias(field))[field] for field, value in found.sets.items()}
    for n, row in enumerate(rows):
        finding = rule.one({key: value for key, value in row.items() if value is not None}, NOW)
        assert when[n] == (finding is not None), (row, finding)
        if finding is not None:
            for field, value in sets.items():
                expected = finding.changes.get(field, row[field])
                assert same(value[n if len(value) > 1 else 0], expected), (row, field)


@settings(deadline=None)
@given(row=records(times) | records(texts))
def test_a_rule_finds_nothing_in_a_record_without_its_fields(row: dict[str, Any]) -> None:
    for name in registry.names("ingest/rules"):
        rule = registry.load("ingest/rules", name, "RULE")
        without = {key: value for key, value in row.items() if key not in rule.fields}
        assert not rule.fields or rule.one(without, NOW) is None, (name, without)


@settings(deadline=None)
@given(rows=st.lists(records(times), min_size=1, max_size=8) | st.lists(records(texts), min_size=1, max_size=8))
def test_all_rules_together_agree(rows: list[dict[str, Any]]) -> None:
    textual = any(isinstance(row["at"], str) for row in rows)
    rows = [{name: value for name, value in row.items() if name not in FACTS} for row in rows]
    schema = {name: dtype for name, dtype in SCHEMA.items() if name not in FACTS}
    frame = clean.many(pl.DataFrame(rows, schema={**schema, "at": pl.String if textual else pl.Int64}), NOW)
    for row, many in zip(rows, frame.iter_rows(named=True), strict=True):
        one = clean.one({key: value for key, value in row.items() if value is not None}, NOW)
        assert many["held"] == one.held, row
        assert (many["repairs"] or "") == ",".join(one.repairs), row
        assert (many["marks"] or "") == ",".join(one.marks), row
        if one.held is None:
            for field in ("kind", "user", "session", "item", "at", "quantity", "price", "list_price"):
                assert same(many[field], one.record.get(field)), (row, field)


@pytest.mark.parametrize(
    ("at", "micros"),
    [
        (1_700_000_000, 1_700_000_000_000_000),
        (1_700_000_000.5, 1_700_000_000_500_000),
        (1_700_000_000_123, 1_700_000_000_123_000),
        (1_700_000_000_123_456_789, 1_700_000_000_123_456),
        ("1700000000", 1_700_000_000_000_000),
        ("1700000000123456789", 1_700_000_000_123_456),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000),
        ("2023-11-15 06:13:20.25+08:00", 1_700_000_000_250_000),
        ("2023-11-14T17:13-0500", 1_699_999_980_000_000),
    ],
)
def test_times_are_repaired_to_microseconds(at: object, micros: int) -> None:
    cleaned = clean.one({"kind": "view", "user": "u", "item": "i", "at": at}, NOW)
    assert cleaned.held is None
    assert cleaned.record["at"] == micros
    assert cleaned.repairs


@pytest.mark.parametrize(
    "at", ["yesterday", "+1700000000", "9" * 19, "2023-11-14T22:13:20", "2023-02-30T00:00:00Z", "", 5, -1, float("nan")]
)
def test_times_that_nobody_can_read_are_held(at: object) -> None:
    assert clean.one({"kind": "view", "user": "u", "item": "i", "at": at}, NOW).held == "time_unreadable"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"kind": None}, "kind_unknown"),
        ({"kind": "transaction"}, "kind_unknown"),
        ({"user": None}, "shopper_missing"),
        ({"item": None}, "item_missing"),
        ({"quantity": 0}, "quantity_impossible"),
        ({"quantity": float("inf")}, "quantity_impossible"),
        ({"price": -1}, "price_impossible"),
        ({"list_price": float("nan")}, "price_impossible"),
        ({"at": NOW + DAY + 1}, "time_future"),
    ],
)
def test_what_cannot_be_true_is_held(change: dict[str, Any], rule: str) -> None:
    event = {"kind": "purchase", "user": "u", "item": "i", "quantity": 1, "price": 1.0, "at": NOW} | change
    cleaned = clean.one({key: value for key, value in event.items() if value is not None}, NOW)
    assert cleaned.held == rule
    assert cleaned.reason


def test_an_unknown_kind_is_told_the_nearest() -> None:
    assert "purchase" in clean.one({"kind": "purchace", "user": "u", "item": "i"}, NOW).reason


def test_doubts_only_mark() -> None:
    fuel = {"kind": "purchase", "user": "u", "item": "fuel", "quantity": 89_638, "price": 0.0024}
    assert clean.one(fuel, NOW) == (fuel, (), ("quantity_extreme",), None, "")
    assert clean.one({**fuel, "quantity": 1, "price": 0}, NOW).marks == ("price_zero",)
