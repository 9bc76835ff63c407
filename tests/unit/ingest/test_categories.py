"""Categories that differ in spelling only are found, and those that differ otherwise are not."""

from __future__ import annotations

import random

import pytest

from lingxi.domain.change import Proposal
from lingxi.domain.item import Item
from lingxi.ingest import upsert
from lingxi.ingest.around.categories import Categories

NOW = 1_800_000_000_000_000
NAMES = (
    *(
        "Beverages > Coffee",
        "Beverages > Tea",
        "Bakery > Bread",
        "T-Shirts & Tops",
        "Shoes",
        "Shorts",
        "Children's Books",
    ),
    *(
        "Crème Brûlée",
        "Televisions",
        "Telephones",
        "Size 36 Dresses",
        "Size 38 Dresses",
        "Garden Furniture",
        "茶 > 绿茶",
        "茶 > 红茶",
    ),
)


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("T-Shirts & Tops", "t shirts and tops"),
        ("Crème Brûlée", "CREME BRULEE"),
        ("Beverages > Coffee", "beverages>coffee"),
        ("Garden Furniture", "Garden Furnitur"),
        ("Garden Furniture", "Garden Funriture"),
        ("Televisions", "Televisoins"),
        ("茶 > 绿茶", "茶>绿茶"),
    ],
)
def test_the_rarer_spelling_is_told_the_more_usual(usual: str, other: str) -> None:
    known = Categories([(name, 40) for name in NAMES])
    known.add(other)
    assert known.usual(other) == usual
    assert known.usual(usual) is None


def test_categories_of_their_own_are_left_alone() -> None:
    known = Categories([(name, 5 + n) for n, name in enumerate(NAMES)])
    assert [known.usual(name) for name in NAMES] == [None] * len(NAMES)
    # one letter apart, and both usual; one letter apart, and short; one digit apart
    for one, other in (("Kitchenware", "Kitchenwear"), ("Tops", "Tips"), ("Level 1 Readers", "Level 2 Readers")):
        pair = Categories([(one, 30), (other, 20 if len(one) > 8 else 1)])
        assert (pair.usual(one), pair.usual(other)) == (None, None)


def test_on_sown_misspellings_it_finds_nearly_all_and_nothing_else() -> None:
    chance, truth, counts = random.Random(3), {}, []
    names = [
        "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(5, 14))).title()
        for _ in range(300)
    ]
    counts += [(name, chance.randint(20, 400)) for name in names]
    for name in names[:100]:
        n = chance.randrange(1, len(name) - 1)
        slip = name[:n] + name[n + 1 :] if chance.random() < 0.5 else name[:n] + chance.choice("xyz") + name[n + 1 :]
        wrong = chance.choice(
            [name.upper(), f" {name}", name.replace("e", "é"), f"{name}.", slip if len(name) > 9 else name.lower()]
        )
        if wrong != name:
            truth[wrong] = name
            counts.append((wrong, 1))
    known = Categories(counts)
    found = {name: usual for name, _ in counts if (usual := known.usual(name)) is not None}
    right = sum(truth.get(name) == usual for name, usual in found.items())
    assert len(truth) > 60
    assert right / len(found) >= 0.95
    assert right / len(truth) >= 0.95


def test_an_item_is_marked_and_stored_as_it_came() -> None:
    known = Categories([("Hot Drinks", 12)])
    sent = [
        {"id": "a", "category": "hot drinks"},
        {"id": "b", "category": "Hot Drinks"},
        {"id": "c"},
        {"id": "d", "price": "x"},
    ]
    parts = upsert.items(sent, NOW, known).parts
    assert parts[0] == Proposal(Item(id="a", category="hot drinks"), NOW, ("category_spelling",))
    assert [part.marks for part in parts[1:3] if isinstance(part, Proposal)] == [(), ()]
    (delta,) = upsert.item_deltas([{"id": "b", "category": "Hot-Drinks"}], {"b": Item(id="b")}, NOW, known).parts
    assert isinstance(delta, Proposal)
    assert delta.marks == ("category_spelling",)
    # once most items have it, the other is the odd one
    for _ in range(20):
        known.add("hot drinks")
    assert upsert.items(sent[:2], NOW, known).parts[1].marks == ("category_spelling",)  # type: ignore[union-attr]
