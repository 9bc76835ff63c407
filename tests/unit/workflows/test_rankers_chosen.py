"""Days that are over are lived through again, and a ranker is chosen where it is better on those it never saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import FORMAT, Interval, Manifest, Recipe
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.slate import Pick, Query, Reason, Slate
from lingxi.ports.slates import SlateRow
from lingxi.recommend.memory import Memory
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.scene import Scene
from lingxi.recommend.scorers.blend import fixed
from lingxi.recommend.settings import Settings
from lingxi.workflows import _logged, _ranking
from lingxi.workflows._comparing import Compared, best_of, widened
from lingxi.workflows._logged import logged
from lingxi.workflows._order import Order, order_of
from lingxi.workflows._ranking import Days, Wish, choose
from lingxi.workflows._rehearsal import Stage, Told, acts_of, rehearse, sampled
from lingxi.workflows.replay import state_at, user_of

READ = ("own_frequency.count", "own.lead", "recency.bought")
BASE = widened(fixed(surface_of("home")), tuple(dict.fromkeys((*fixed(surface_of("home")).inputs, *READ))))
EVERY = Settings(just_bought_days=0.0)


def stage_of(lines: list[tuple[int, int, int]]) -> Stage:
    """A log of (shopper, item, day)."""
    return Stage(interactions(lines), goods_of(6), None, EVERY)


def test_what_a_slate_reads_is_as_of_its_moment() -> None:
    """Given an item bought on days 1, 5 and 9, when day 5 is lived through, it was bought once, and is what is wanted;
    what is bought after those days is not."""
    stage = stage_of([(0, 0, 1), (0, 0, 5), (0, 1, 9), (1, 1, 1), (1, 2, 2)])
    since, until = START + 4 * DAY, START + 8 * DAY

    found = rehearse(stage, since, until, acts_of(stage.acts).within(since, until, 9, 0), BASE, 60.0)

    assert (len(found), found.shopper.tolist()) == (1, [0])
    count, wanted = found.values[:, BASE.inputs.index("own_frequency.count")], found.wanted[:, 2]
    assert count[count > 0].tolist() == [1.0]
    assert count[wanted].tolist() == [1.0]


def test_what_was_received_later_was_not_known() -> None:
    """Given an act of day 3 that arrived on day 6, when day 5 is lived through, then nobody knew of it; on day 7 it is
    known."""
    acts = interactions([(0, 0, 1), (0, 1, 3), (0, 0, 5), (0, 0, 7), (1, 1, 1)])
    late = acts.received.copy()
    late[acts.item + acts.at - START == 1 + 3 * DAY] = START + 6 * DAY
    stage = Stage(replace(acts, received=late), goods_of(6), None, EVERY)
    since, until = START + 4 * DAY, START + 8 * DAY

    found = rehearse(stage, since, until, acts_of(stage.acts).within(since, until, 9, 0), BASE, 60.0)

    count = found.values[:, BASE.inputs.index("own_frequency.count")]
    first, second = (count[a:b] for a, b in zip(found.start[:-1], found.start[1:], strict=True))
    assert sorted(first[first > 0].tolist()) == [1.0]
    assert sorted(second[second > 0].tolist()) == [1.0, 2.0]


def test_a_logged_slate_is_learnt_from_as_it_was_shown() -> None:
    """Given a slate that was shown, its candidates are those, each with its place; what was bought of them is wanted,
    and a slate that nobody took from is learnt from too."""
    stage = stage_of([(0, 0, 1), (0, 1, 2), (1, 2, 1), (0, 1, 5)])
    shown = [np.array([2, 1, 0], np.int32), np.array([2], np.int32)]
    told = Told(np.array([START + 4 * DAY, START + 6 * DAY]), np.array([0, 0], np.int32), shown)

    found = rehearse(stage, START + 3 * DAY, START + 8 * DAY, told, BASE, 60.0)

    assert found.sizes().tolist() == [3, 1]
    assert sorted(found.position.tolist()) == [1.0, 1.0, 2.0, 3.0]
    assert found.position[found.wanted[:, 2]].tolist() == [2.0]


class Kept:
    """Slates and shoppers of a shop, as a training finds them."""

    def __init__(self, rows: list[SlateRow]) -> None:
        self.rows = rows

    def between(self, since: int, until: int) -> list[SlateRow]:
        """Those of these days."""
        return [row for row in self.rows if since <= row.at < until]

    def shopper_ids(self) -> list[str]:
        """By number."""
        return ["u:ann", "s:9"]


def row_of(at: int, items: str, surface: str = "home", **who: str) -> SlateRow:
    """A slate that was shown."""
    picks = tuple(Pick(item, 0.0, "popular", Reason("popular")) for item in items.split())
    told: dict[str, Any] = {"user": None, "session": None, **who}
    return SlateRow(at=at, slate=Slate("r", surface, None, 0, picks), **told)


def test_slates_that_were_shown_are_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given slates of the log's days, those of `home` to known shoppers become moments in order of time, with what was
    shown in its order; where they are few, there are none."""
    rows = [
        row_of(30, "i2 i0 gone", user="ann"),
        row_of(10, "i1", session="9"),
        row_of(20, "i1", user="nobody"),
        row_of(20, "i1", surface="cart", user="ann"),
        row_of(99, "i1", user="ann"),
    ]
    numbers = {"i0": 0, "i1": 1, "i2": 2}

    assert logged(Kept(rows), Kept(rows), numbers, 0, 50) is None  # type: ignore[arg-type]
    monkeypatch.setattr(_logged, "ENOUGH", 2)
    told = logged(Kept(rows), Kept(rows), numbers, 0, 50)  # type: ignore[arg-type]

    assert told is not None
    assert (told.at.tolist(), told.shopper.tolist()) == ([10, 30], [1, 0])
    assert [each.tolist() for each in told.shown or []] == [[1], [2, 0]]


def test_the_near_are_learnt_from_and_some_of_the_rest() -> None:
    """Given a slate of many candidates, when rows are drawn, the best are among them, of the rest as many as there is
    room for, and their weights make up for all."""
    stage = Stage(two_tastes(20, 20), goods_of(20), None, EVERY)
    since, until = START + 10 * DAY, START + 12 * DAY
    whole = rehearse(stage, since, until, acts_of(stage.acts).within(since, until, 5, 0), BASE, 60.0)
    many = replace(whole, start=np.array([0, len(whole.base)]), shopper=whole.shopper[:1])

    drawn = sampled(many, 0)

    assert drawn.weight.sum() == pytest.approx(len(many.base))
    assert np.sort(drawn.base[drawn.weight == 1]).tolist() == np.sort(many.base)[-40:].tolist()
    assert drawn.weight[drawn.weight > 1].tolist() == [3.0] * 20


def no_blend(until: int) -> None:
    """A log too short for one: the surface's weights are what is to be corrected."""


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Order, _ranking.Ranking]:
    """Trees, chosen because they were asked for, of a small shop."""
    stage = Stage(two_tastes(30, 24), goods_of(20), None, EVERY)
    folder = tmp_path_factory.mktemp("order")
    days = Days(START + 8 * DAY, START + 24 * DAY, no_blend)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ranking, "LEAST", 20)
        ranking = choose(stage, days, None, Wish("trees", 120.0, 0), folder)
    return stage, Order(None, ranking.component, folder), ranking


def test_the_report_says_what_was_chosen_and_why(chosen: tuple[Stage, Order, _ranking.Ranking]) -> None:
    """Given a choice, its words name what was compared, with figures; the component goes over the surface's weights."""
    _, _, ranking = chosen

    assert (ranking.name, [each.name for each in ranking.compared]) == ("trees", ["blend", "trees"])
    assert ranking.why.startswith("Ranker trees: NDCG@10 of ")
    assert f"blend {ranking.compared[0].ndcg:.4f}; trees {ranking.compared[1].ndcg:.4f}" in ranking.why


def test_it_serves_and_explains(chosen: tuple[Stage, Order, _ranking.Ranking], tmp_path: Path) -> None:
    """Given the ranker in a bundle, when a shopper asks, then it orders their slate, and the account's parts make up
    the difference between two picks' scores; without it the surface's weights order."""
    stage, order, _ = chosen
    components = tuple(order.export(tmp_path))
    manifest = Manifest(
        format=FORMAT,
        id="b",
        shop="s",
        created=0,
        recipe=Recipe(model="", settings={}),
        components=components,
        seq=0,
        fit=(0, 0),
    )
    bundle = order_of(tmp_path, manifest).upon(LiveBundle(manifest, {}))
    now = START + 24 * DAY
    scene = Scene(state_at(stage.acts, stage.goods), bundle, now, EVERY, Memory())
    query = Query(user=user_of(3), n=6)

    slate, trace = recommend(query, scene)
    plain, _ = recommend(query, scene, surface=replace(surface_of("home"), learnt=("blend",)))

    first, second = trace.record().picks[:2]
    assert sum(first.parts.values()) - sum(second.parts.values()) == pytest.approx(first.score - second.score, abs=1e-4)
    assert {pick.item for pick in slate.picks[:3]} <= {f"i{k}" for k in range(10, 20)}
    assert [pick.score for pick in slate.picks] != [pick.score for pick in plain.picks]


def test_a_few_slates_teach_no_ranker(tmp_path: Path) -> None:
    """Given a log of few shoppers, the order stays the blend's, and it is said why."""
    stage = Stage(two_tastes(10, 12), goods_of(20), None, EVERY)
    days = Days(START + 4 * DAY, START + 12 * DAY, no_blend)

    ranking = choose(stage, days, None, Wish("auto", 60.0, 0), tmp_path)

    assert (ranking.name, ranking.component) == ("blend", None)
    assert "a ranker needs 200" in ranking.why


@pytest.mark.parametrize("setting", ["blend", "none"])
def test_what_is_not_wanted_is_not_tried(setting: str, tmp_path: Path) -> None:
    """Given a setting that wants no ranker, nothing is lived through."""
    stage = Stage(two_tastes(2, 2), goods_of(20), None, EVERY)

    assert choose(stage, Days(0, 1, no_blend), None, Wish(setting, 1.0, 0), tmp_path).name == setting


def test_an_unknown_ranker_is_refused(tmp_path: Path) -> None:
    """Given a ranker that there is not, the error names those that there are."""
    stage = Stage(two_tastes(2, 2), goods_of(20), None, EVERY)

    with pytest.raises(Unknown, match="there is no ranker 'tree'") as error:
        choose(stage, Days(0, 1, no_blend), None, Wish("tree", 1.0, 0), tmp_path)
    assert "trees" in error.value.remedy


def compared(name: str, values: list[float], ms: float) -> Compared:
    """A comparison with what its shoppers had."""
    return Compared(name, np.array(values), Interval(0.0, 0.0, 0.0), ms)


def test_the_cheaper_of_equals_is_taken_and_nothing_that_is_not_surely_better() -> None:
    """Given a dear ranker that is hardly better than a cheap one, the cheap one is taken; where none is surely better
    than the blend, none, unless it was asked for."""
    rng = np.random.default_rng(0)
    base = rng.random(200)
    noise = rng.normal(0, 0.05, 200)
    usual = Compared("blend", base)
    cheap, dear = compared("cheap", base + 0.1 + noise, 0.1), compared("dear", base + 0.1 - noise, 0.9)
    poor = compared("poor", base + noise - noise.mean(), 0.1)

    assert best_of([usual, dear, cheap], forced=False) is cheap
    assert best_of([usual, poor], forced=False) is None
    assert best_of([usual, poor], forced=True) is poor


def test_an_input_that_has_seen_the_future_is_named(chosen: tuple[Stage, Order, _ranking.Ranking]) -> None:
    """Given slates with an input that tells what is bought, no ranker is fitted: the input is named."""
    stage = chosen[0]
    since, until = START + 10 * DAY, START + 14 * DAY
    found = rehearse(stage, since, until, acts_of(stage.acts).within(since, until, 20, 0), BASE, 60.0)
    found.values[:, BASE.inputs.index("own.lead")] = found.wanted[:, 2]

    with pytest.raises(Invalid, match=r"input 'own.lead' gives away"):
        _ranking.check(found)
