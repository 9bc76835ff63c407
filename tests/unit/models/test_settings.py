"""Settings that no net can have are refused by name, before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid
from lingxi.models._settings import usual_dropout
from lingxi.ports.recipe import settings_of
from lingxi.train.fit import build

NETS = ("sequence", "sasrec", "hstu", "bsarec", "gru4rec", "narm", "nextitnet", "two_tower")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"width": 30, "heads": 4}, "multiple of `heads`, 30 is none of 4"),
        ({"length": 0}, "`length` must be at least 1"),
        ({"dropout": 1.0}, "`dropout` must be at least 0 and below 1"),
        ({"rate": -1.0}, "`rate` must be above 0"),
        ({"content": ["colour"]}, "colour"),
        ({"size": "huge"}, "huge"),
        ({"widht": 64}, "widht"),
    ],
)
@pytest.mark.parametrize("name", NETS)
def test_what_is_impossible_is_named(name: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        build(Recipe(model=name, settings=settings))


@pytest.mark.parametrize("name", NETS)
def test_a_size_gives_what_is_not_given(name: str) -> None:
    model: Any = build(Recipe(model=name, settings={"size": "large", "heads": 16}))

    assert model.config.sizes()[::2] == (256, 16)


@pytest.mark.parametrize(
    ("name", "setting"), [("bsarec", {"filter_share": 1.5}), ("nextitnet", {"taps": 0}), ("two_tower", {"speeds": 0})]
)
def test_so_is_what_only_one_net_has(name: str, setting: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=next(iter(setting))):
        build(Recipe(model=name, settings=setting))


def test_what_was_met_seldom_is_dropped_more() -> None:
    """Given logs in which an item was met ever more often, dropout falls from a half to a tenth, and no further."""
    shares = [usual_dropout(met) for met in (1.0, 12.0, 60.0, 400.0, 1e6)]

    assert shares == sorted(shares, reverse=True)
    assert shares[:2] == [0.5, 0.5]
    assert shares[-2:] == [0.1, 0.1]


def test_settings_are_read_as_they_are_written() -> None:
    """Given settings as texts, then numbers, lists, words and nothing are told apart; what is none is refused."""
    told = ["width=128", "content=category+text", "reads=", "size=base", "times=true", "dropout=null"]
    found = settings_of("sasrec", told, "--set")
    assert found == {
        "width": 128,
        "content": ["category", "text"],
        "reads": [],
        "size": "base",
        "times": True,
        "dropout": None,
    }
    with pytest.raises(Invalid, match="name=value"):
        settings_of("sasrec", ["=3"], "--set")
