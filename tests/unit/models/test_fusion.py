"""What a fusion learns of its members' words: one thing for what a shopper had, another for what is new to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import NotEnoughData
from lingxi.domain.history import Interactions
from lingxi.ports.recipe import build
from lingxi.runtimes.fusion import load
from lingxi.train.split import Histories

pytest.importorskip("scipy")
CUT = START + 20 * DAY
GOODS = goods_of(30)
MEMBERS = {"own_decayed": {}, "own_decayed-short": {"days": 5.0}, "popular": {}}


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def shop(again: bool) -> Interactions:
    """Forty shoppers with three items each, one of which is bought after the cut, or else one that they never had."""
    lines = []
    for shopper in range(40):
        own = [(7 * shopper + 3 * place) % 30 for place in range(3)]
        lines += [(shopper, item, day) for item in own for day in (1, 5, 9 + shopper % 5)]
        fresh = next(item for item in range(30) if item not in own)
        lines.append((shopper, own[0] if again else fresh, 22))
    return interactions(lines)


@pytest.mark.parametrize("again", [True, False])
def test_what_was_had_counts_as_validation_says(again: bool, tmp_path: Path) -> None:
    """Given a shop in which everyone comes back to what they had, and one in which nobody does, validation finds which
    it is, and the answers are of that kind."""
    acts = shop(again)
    past = acts.before(CUT)
    model = build(Recipe(model="fusion", settings={"members": MEMBERS}))

    found = model.fit(past, GOODS, CUT, acts.where(acts.at >= CUT), silent)
    component = model.export(tmp_path, "fusion")
    runtime = load(tmp_path, component, {name: number for number, name in enumerate(GOODS.ids)})

    assert (found["again"] > 0) == again
    for shopper in range(5):
        history = Histories(past).of(shopper)
        items, _ = runtime.propose(history, CUT, 3)
        assert bool(np.isin(items, history.item).all()) == again
        assert again or not np.isin(items, history.item).any()


def test_who_is_asked_is_not_found_in_memory() -> None:
    """Given shoppers who come back to what nobody else has, then sessions of the past tell nothing of it: each would be
    found by its own shopper alone."""
    lines = [(shopper, 3 * shopper + place, day) for shopper in range(40) for place in range(3) for day in (1, 5, 9)]
    lines += [(shopper, 3 * shopper, 22) for shopper in range(40)]
    acts = interactions(lines)
    model = build(Recipe(model="fusion", settings={"members": {"session_knn": {}, "popular": {}}}))

    found = model.fit(acts.before(CUT), goods_of(120), CUT, acts.where(acts.at >= CUT), silent)

    sessions, popular = np.array(found["weights"])
    assert sessions.sum() < 0.01
    assert popular.sum() > 0.1


def test_who_learns_too_little_is_left_out(tmp_path: Path) -> None:
    """Given a log that is too short for one of the members, then the others answer, and what is found says who stayed;
    where it is too short for all, that is told."""
    acts = shop(again=True)
    past = acts.before(CUT).where(acts.before(CUT).shopper < 8)
    members = {"sasrec": {"epochs": 1, "threads": 1}, "popular": {}, "own_decayed": {}}
    model = build(Recipe(model="fusion", settings={"members": members}))

    found = model.fit(past, GOODS, CUT, acts.where((acts.at >= CUT) & (acts.shopper < 8)), silent)
    runtime = load(tmp_path, model.export(tmp_path, "fusion"), {name: n for n, name in enumerate(GOODS.ids)})

    assert list(found["members"]) == ["popular", "own_decayed"]
    assert len(found["weights"]) == 2
    assert len(runtime.propose(Histories(past).of(0), CUT, 5)[0]) == 5
    alone = build(Recipe(model="fusion", settings={"members": {"sasrec": {}}}))
    with pytest.raises(NotEnoughData):
        alone.fit(past, GOODS, CUT, None, silent)
