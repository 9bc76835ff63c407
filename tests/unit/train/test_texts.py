"""What an item says of itself."""

from __future__ import annotations

from msgspec.structs import replace

from lingxi.domain.item import Item
from lingxi.train.texts import LONGEST, text_of


def test_titles_come_first_and_nothing_is_said_twice() -> None:
    """Given a title, a brand follows only where it is not named, and a category only where nothing is said."""
    item = Item(id="a", title="OPI  nail lacquer", title_zh="指甲油", brand="opi", category="Beauty > Nails")

    assert text_of(item) == "OPI nail lacquer. 指甲油"
    assert text_of(replace(item, brand="Essie")) == "OPI nail lacquer. 指甲油. Essie"
    assert text_of(Item(id="a", category="Beauty > Nails")) == "Beauty > Nails"


def test_attributes_count_where_they_are_words() -> None:
    told = {"description": "Dries fast", "image": "https://shop/1.jpg", "weight": "300", "grams": 12, "new": True}

    assert text_of(Item(id="a", title="Lacquer", attributes=told)) == "Lacquer. Dries fast"


def test_who_says_nothing_has_no_text_and_long_ones_are_cut() -> None:
    assert text_of(Item(id="a")) == ""
    assert len(text_of(Item(id="a", title="tea", attributes={"description": "x " * LONGEST}))) == LONGEST


def test_names_of_people_are_not_handed_on() -> None:
    assert text_of(Item(id="a", kind="person", title="Li Lei")) == ""
