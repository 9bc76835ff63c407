"""What is said of merchant rules before they come into force."""

from __future__ import annotations

import tomllib

import pytest

from lingxi.domain.errors import Invalid
from lingxi.recommend.merchandising.check import Checked, check
from lingxi.workflows.rules import of
from small_shop import SmallShop


@pytest.fixture(scope="module")
def shop() -> SmallShop:
    """Twelve items in three categories."""
    shop = SmallShop()
    for no in range(12):
        shop.post(f"p{no}", category=f"Aisle {no % 3}")
    return shop


def checked(shop: SmallShop, text: str) -> Checked:
    return check(of(tomllib.loads(text), "rules.toml"), shop.state, "Asia/Shanghai", shop.now)


def entry(effect: str, items: str = "ids = ['p1']", more: str = "", name: str = "r") -> str:
    return f'[[rules]]\nid = "{name}"\neffect = {{ {effect} }}\nitems = {{ {items} }}\n{more}\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (entry("kind = 'block', hard = true"), "rule 1 'r': effect: object contains unknown field `hard`"),
        (entry("kind = 'blok'"), "rule 1 'r': effect.kind: invalid value 'blok'"),
        (entry("kind = 'block'", "colour = 'red'"), "unknown field `colour`"),
        (entry("kind = 'block'", ""), "rule 'r': it is about no item in particular"),
        (entry(""), "effect: object missing required field `kind`"),
        (entry("kind = 'boost'"), "the effect is empty: give a factor"),
        (entry("kind = 'boost', add = nan"), "effect.add: expected `float` >= -1000000.0"),
        (entry("kind = 'quota'"), "the effect is empty: give at least one of 'least' and 'most'"),
        (entry("kind = 'quota', least = 3, most = 2"), "at least 3 is more than at most 2"),
        (entry("kind = 'quota', least = 9, first = 5"), "at least 9 do not fit on the first 5 places"),
        (entry("kind = 'eligible'"), "say in 'shoppers' who may see the items"),
        (entry("kind = 'sponsored', positions = []"), "say in 'positions' which places"),
        (entry("kind = 'pin', position = 101"), "effect.position: expected `int` <= 100"),
        (entry("kind = 'pin', position = 1", "brands = ['a']"), "a pin needs the ids of its items"),
        (entry("kind = 'block'", more="schedule = { from = '2026-02-01', until = '2026-01-01' }"), "schedule is never"),
        (
            entry("kind = 'block'", more="schedule = { from = '2026-11-23', until = '2026-11-25', days = ['sun'] }"),
            "schedule is never",
        ),
        (entry("kind = 'block'", more="schedule = { hours = ['8-20'] }"), "'8-20' is no span of hours"),
        (entry("kind = 'block'", more="schedule = { until = 'soon' }"), "'soon' is no time"),
        (entry("kind = 'block'", more="shoppers = { age_min = 40, age_max = 20 }"), "no age is at least 40"),
        (entry("kind = 'block'", "price_min = 9, price_max = 1"), "no price is at least 9.0"),
        (entry("kind = 'block'") * 2, "2 rules have this id"),
        ("rules = 3\n", "expected a list of rules"),
        ("rule = []\n", "'rule' is no part of a set of rules"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_and_nothing_is_set(shop: SmallShop, text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as told:
        checked(shop, text)
    assert complaint in str(told.value)


PIN = entry("kind = 'pin', position = 1", "ids = ['p1', 'p4']", name="pin")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (PIN + entry("kind = 'block'", "categories = ['Aisle 1']", name="b"), "'pin' pins item 'p1', which 'b' blocks"),
        (
            PIN + entry("kind = 'pin', position = 2", "ids = ['p5']", name="b"),
            "'pin' and 'b' both want place 2: the first of them gets it",
        ),
        (PIN + entry("kind = 'sponsored', positions = [1]", name="b"), "both want place 1"),
        (PIN + entry("kind = 'pin', position = 7", name="b"), "both pin item 'p1'"),
        (
            PIN + entry("kind = 'quota', most = 1, first = 5", "categories = ['Aisle 1']", name="b"),
            "'pin' pins 2 of items of which 'b' allows 1",
        ),
        (
            PIN + entry("kind = 'quota', most = 1, per = 'category'", name="b", items="categories=['Aisle 1']"),
            "allows 1",
        ),
        (
            PIN + entry("kind = 'quota', least = 2, first = 3", "categories = ['Aisle 2']", name="b"),
            "'pin' leaves no room on the first 3 places for the 2 of 'b'",
        ),
        (
            entry("kind = 'quota', least = 3, first = 5", "categories = ['Aisle 1']", name="a")
            + entry("kind = 'quota', most = 2, first = 8", "categories = ['Aisle 1', 'Aisle 2']", name="b"),
            "'a' wants at least 3 of items of which 'b' allows 2",
        ),
        (
            entry("kind = 'quota', least = 3, first = 5", "categories = ['Aisle 1']", name="a")
            + entry("kind = 'quota', least = 3, first = 4", "categories = ['Aisle 2']", name="b"),
            "'a' and 'b' want 6 items on the first 5 places",
        ),
        (
            entry("kind = 'quota', least = 2, first = 5, per = 'category'", "ids = ['p1', 'p2', 'p4', 'p5']", name="a")
            + entry("kind = 'quota', least = 3, first = 4", "categories = ['Aisle 0']", name="b"),
            "'a' and 'b' want 7 items on the first 5 places",
        ),
        (
            entry("kind = 'quota', least = 2, per = 'category'", "categories = ['Aisle 1', 'Aisle 2']", name="a")
            + entry("kind = 'quota', most = 3", "categories = ['Aisle 1', 'Aisle 2']", name="b"),
            "'a' wants at least 4 of items of which 'b' allows 3",
        ),
        (
            entry("kind = 'quota', least = 2, first = 4, per = 'category'", "ids = ['p1', 'p2', 'p4', 'p5']", name="a")
            + entry(
                "kind = 'quota', most = 1, first = 8, per = 'category'", "categories = ['Aisle 1', 'Aisle 2']", name="b"
            ),
            "'a' wants at least 2 of items of which 'b' allows 1",
        ),
        (
            PIN + entry("kind = 'quota', least = 1, first = 3, per = 'category'", "ids = ['p1', 'p2', 'p3']", name="b"),
            "'pin' leaves no room on the first 3 places for the 3 of 'b'",
        ),
        (
            PIN + entry("kind = 'bury'", "ids = ['p1']", name="b"),
            "'pin' pins item 'p1', which 'b' buries: it stands where it is pinned",
        ),
        (
            entry("kind = 'sponsored', positions = [3]", "ids = ['p1', 'p4']", name="a")
            + entry("kind = 'block'", "categories = ['Aisle 1']", name="b"),
            "'a' keeps places for items all of which 'b' blocks: others stand there",
        ),
        (
            entry("kind = 'quota', least = 2, first = 5", "ids = ['p1', 'p4']", name="a")
            + entry("kind = 'block'", "ids = ['p4']", name="b"),
            "'a' wants at least 2 of items of which 'b' leaves 1",
        ),
        (
            entry("kind = 'sponsored', positions = [1, 3, 9]", "ids = ['p1', 'p4']", name="a")
            + entry("kind = 'quota', most = 1, first = 8", "categories = ['Aisle 1']", name="b"),
            "'a' keeps 2 places for items of which 'b' allows 1",
        ),
    ],
)
def test_rules_that_contradict_are_named(shop: SmallShop, text: str, complaint: str) -> None:
    assert complaint in " ".join(checked(shop, text).conflicts)


@pytest.mark.parametrize(
    "apart",
    [
        "surfaces = ['cart']",
        "schedule = { until = '2026-01-01' }",
        "schedule = { days = ['sat', 'sun'] }",
        "schedule = { hours = ['18:00-02:00'] }",
        "shoppers = { regions = ['south'] }",
        "shoppers = { age_max = 17 }",
        "shoppers = { traits = { member = 'gold' } }",
    ],
)
def test_rules_that_never_meet_do_not_contradict(shop: SmallShop, apart: str) -> None:
    other = """surfaces = ['home']
schedule = { from = '2026-01-01', days = ['mon', 'fri'], hours = ['02:00-18:00'] }
shoppers = { regions = ['north'], age_min = 18, traits = { member = 'no' } }
"""
    pins = entry("kind = 'pin', position = 1", more=other) + entry("kind = 'pin', position = 1", more=apart, name="b")
    assert checked(shop, pins).conflicts == ()


@pytest.mark.parametrize(
    "text",
    [
        PIN + entry("kind = 'quota', least = 3, first = 5, per = 'category'", "ids = ['p0', 'p2', 'p3']", name="few"),
        PIN
        + entry("kind = 'quota', least = 4, first = 5, per = 'category'", "ids = ['p0', 'p3', 'p6', 'p9', 'p2', 'p5']"),
        entry("kind = 'quota', least = 3, first = 4, per = 'category'", "ids = ['p0', 'p1']", name="a")
        + entry("kind = 'quota', least = 2, first = 4, per = 'category'", "ids = ['p3', 'p4']", name="b"),
    ],
    ids=["small groups leave room", "what never fits is no pin's fault", "small groups fit together"],
)
def test_what_each_kind_has_is_all_that_is_wanted_of_it(shop: SmallShop, text: str) -> None:
    assert checked(shop, text).conflicts == ()


@pytest.mark.parametrize(
    ("bounds", "warnings"),
    [
        ("least = 1, first = 3", ()),
        ("least = 2, first = 5", ("rule 'r': it wants 6 items on the first 5 places: as many as fit stand there",)),
    ],
)
def test_a_quota_of_more_kinds_than_fit_is_told_and_not_refused(
    shop: SmallShop, bounds: str, warnings: tuple[str, ...]
) -> None:
    """Given a shop of three categories, so many of each are wanted: what cannot all stand there is told."""
    text = f"[[rules]]\nid = 'r'\neffect = {{ kind = 'quota', {bounds}, per = 'category' }}\n"
    assert (checked(shop, text).warnings, checked(shop, text).conflicts) == (warnings, ())
