"""What a net reads of acts and aims at beyond items: each is found where nothing else tells, and served as learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of
from lingxi.domain.bundle import Recipe
from lingxi.domain.change import tie_of
from lingxi.domain.errors import Invalid
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import History, Interactions, People
from lingxi.domain.rating import CODES
from lingxi.domain.traits import traits_of
from lingxi.domain.user import Trait, User
from lingxi.domain.words import query_of
from lingxi.ports.recipe import build
from lingxi.runtimes import encoder_onnx
from lingxi.train.split import Histories

pytest.importorskip("torch")

from lingxi.models import sasrec, two_tower
from lingxi.models._census import census_of
from lingxi.models._gather import Rows, gather
from lingxi.models._goal import Aims, draw
from lingxi.models._learner import Learner
from lingxi.models._moments import Batches, Moments
from lingxi.runtimes._kinds import Scale

NOW = START + 30 * DAY
GOODS = goods_of(20)
EVERYTHING = np.arange(20, dtype=np.int32)
SMALL: dict[str, Any] = {
    "epochs": 20,
    "width": 16,
    "layers": 1,
    "heads": 1,
    "length": 8,
    "threads": 1,
    "rate": 0.03,
    "masked": 0.0,
    "hidden": 0.0,
    "dropout": 0.0,
    "input_dropout": 0.0,
    "tokens": 200,
}
Act = tuple[int, str, int, int] | tuple[int, str, int, int, float | str]


def acts_of(lines: Sequence[Act]) -> Interactions:
    """Lines of (shopper, kind, item, day) and, if told, a rating's value or a query."""
    told = [line[4] if len(line) > 4 else None for line in lines]
    at = START + np.array([line[3] for line in lines], dtype=np.int64) * DAY
    whole = Interactions(
        at=at,
        received=at.copy(),
        tie=np.array([tie_of(repr(line)) for line in lines], dtype=np.int64),
        shopper=np.array([line[0] for line in lines], dtype=np.int32),
        item=np.array([line[2] for line in lines], dtype=np.int32),
        kind=np.array([KIND_CODE[line[1]] for line in lines], dtype=np.int8),
        quantity=np.ones(len(lines), dtype=np.float32),
        price=np.full(len(lines), np.nan, dtype=np.float32),
        marked=np.zeros(len(lines), dtype=np.bool_),
        value=np.array([each if isinstance(each, float) else np.nan for each in told], dtype=np.float32),
        query=np.array([query_of(each) if isinstance(each, str) else 0 for each in told], dtype=np.int64),
    )
    return whole.where(np.lexsort((whole.tie, whole.at)))


def halves(first: Callable[[bool], Act]) -> Interactions:
    """Shoppers who look at item 1, then do what `first` says of their half, then buy two of 3 to 7, or of 13 to 17."""
    lines: list[Act] = []
    for shopper in range(60):
        odd = shopper % 2 == 1
        _, *what = first(odd)
        lines += [(shopper, "view", 1, 0), (shopper, *what)]  # type: ignore[list-item]
        base = 13 if odd else 3
        lines += [(shopper, "purchase", base + (shopper // 2 + place) % 5, 2 + place) for place in range(2)]
    return acts_of(lines)


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def with_trait(past: Interactions, names: dict[int, str]) -> Interactions:
    """The same with a trait of each shopper."""
    told = {who: traits_of(User(id=str(who), traits={"trade": Trait(name)})) for who, name in names.items()}
    return replace(past, people=People.of_each(told))


def fitted(past: Interactions, module: Any = sasrec, **settings: Any) -> Learner:
    model: Learner = module.build(module.Config(**{**SMALL, **settings}), 0)
    model.fit(past, GOODS, NOW, None, silent)
    return model


def served(model: Learner, folder: Path) -> encoder_onnx.Encoder:
    component = model.export(folder, "sequence")
    return encoder_onnx.load(folder, component, {name: number for number, name in enumerate(GOODS.ids)})


def before_buying(past: Interactions, shopper: int) -> History:
    return Histories(past.where(past.at < START + 2 * DAY)).of(shopper)


def leanings(model: Learner, past: Interactions, folder: Path) -> list[float]:
    """By how much 13 to 17 lie above 3 to 7 for one of each half, asked before they buy."""
    encoder = served(model, folder)
    scores = [encoder.score(before_buying(past, shopper), START + 2 * DAY, EVERYTHING) for shopper in (0, 1)]
    return [float(each[13:18].mean() - each[3:8].mean()) for each in scores]


WAYS: dict[str, Callable[[bool], Act]] = {
    "kind": lambda odd: (0, "add_to_cart" if odd else "view", 2, 1),
    "query": lambda odd: (0, "search", -1, 1, "red shoes" if odd else "blue shirt"),
    "rating": lambda odd: (0, "rate", 2, 1, 5.0 if odd else 1.0),
}


@pytest.mark.parametrize("told", WAYS)
def test_what_alone_tells_is_found_with_its_switch_and_not_without(told: str, tmp_path: Path) -> None:
    """Given a log in which only the kind, the query or the rating of one act tells what is bought next, when the
    model reads it, then it leans the right way for each half; when it does not, then all are alike to it."""
    past = halves(WAYS[told])
    others = tuple(each for each in WAYS if each != told)

    even, odd = leanings(fitted(past), past, tmp_path / "with")
    blind = leanings(fitted(past, reads=others), past, tmp_path / "without")

    assert even < -0.2 < 0.2 < odd
    assert blind[0] == pytest.approx(blind[1], abs=1e-5)


def test_so_is_what_only_a_trait_tells(tmp_path: Path) -> None:
    """Given a log in which only the shopper's trade tells what is bought, the model that reads traits leans the right
    way, before the first act too; one that does not cannot; and a sensitive trait is no trait."""
    past = halves(lambda _: (0, "view", 2, 1))
    known = with_trait(past, {who: ("baker", "smith")[who % 2] for who in range(60)})
    reads = ("kind", "trait")

    even, odd = leanings(fitted(known, reads=reads), known, tmp_path / "with")
    blind = leanings(fitted(known, reads=("kind",)), known, tmp_path / "without")
    encoder = served(fitted(known, reads=reads), tmp_path / "new")
    newcomers = [replace(Histories(past).of(999), traits=known.people.of(who)) for who in (0, 1)]
    baker, smith = (encoder.score(each, START, EVERYTHING) for each in newcomers)

    assert even < -0.2 < 0.2 < odd
    assert blind[0] == pytest.approx(blind[1], abs=1e-5)
    assert encoder.knows(newcomers[0].traits)
    assert smith[13:18].mean() - smith[3:8].mean() > baker[13:18].mean() - baker[3:8].mean() + 1.0


def test_a_trait_of_few_is_not_known() -> None:
    """Given a trait that four shoppers have and one that five have, a model reads the second only."""
    past = halves(lambda _: (0, "view", 2, 1))
    known = with_trait(past, {who: "rare" if who < 4 else "known" for who in range(9)})

    read = census_of(known, ("trait",), "strongest").reads

    assert read.traits.tolist() == known.people.of(5).tolist()
    assert len(census_of(known, ("kind",), "strongest").reads.traits) == 0


@pytest.mark.parametrize(("module", "cosine"), [(sasrec, 0.0), (two_tower, 0.0), (sasrec, 16.0)])
def test_what_is_served_is_what_was_learnt(module: Any, cosine: float, tmp_path: Path) -> None:
    """Given searches (two at one time, and words never met), ratings and carts, the net and ONNX Runtime agree."""
    rng = np.random.default_rng(0)
    kinds, texts = (
        ("view", "add_to_cart", "rate", "review", "search"),
        ("red shoes", "blue shirt", "green", "shirt red"),
    )
    lines: list[Act] = []
    for shopper in range(40):
        lines += [(shopper, "purchase", int(rng.integers(20)), 20 + place) for place in range(3)]
        for place in range(12):
            kind = kinds[rng.integers(len(kinds))]
            item = -1 if kind == "search" else int(rng.integers(20))
            told = {"search": texts[rng.integers(4)], "rate": float(rng.integers(1, 6)), "review": 4.0}.get(kind)
            line = (shopper, kind, item, place // 2)
            lines.append(line if told is None else (*line, told))
    past = with_trait(acts_of(lines), {who: ("baker", "smith", "monk")[who % 3] for who in range(0, 40, 2)})
    model = fitted(past, module, epochs=2, times=True, reads=("kind", "query", "rating", "trait"), cosine=cosine)
    encoder = served(model, tmp_path)

    census = census_of(past, model.config.reads, "strongest")
    moments = gather(past, census, Rows(np.arange(20), 20), 0.0)
    who = np.arange(40)
    starts, ends = (np.searchsorted(moments.shopper, who, side=side) for side in ("left", "right"))
    until = np.full(40, (NOW - census.first) // 1000)
    assert model.net is not None
    learnt = model.net.eval().score(Batches(moments, model.config.length, 4096, 4, 0.0).newest(ends, starts, until))

    for shopper in who:
        history = Histories(past).of(int(shopper))
        found = encoder.score(history, NOW, np.array([model_item(model, row) for row in range(20)], dtype=np.int32))
        np.testing.assert_allclose(found, learnt[shopper], atol=1e-4)


def model_item(model: Learner, row: int) -> int:
    return int(model.ids[row].removeprefix("i"))


def test_views_teach_what_purchases_alone_do_not(tmp_path: Path) -> None:
    """Given purchases of items 0 to 9 only, and views that walk through 10 to 19 in order, when all kinds are aimed at
    by their weight, then the next view is foreseen; when purchases are, it is not known at all."""
    lines: list[Act] = []
    for shopper in range(60):
        lines += [(shopper, "view", 10 + (shopper + day) % 10, day) for day in range(6)]
        lines += [(shopper, "purchase", (shopper + day) % 10, 10 + day) for day in range(2)]
    past = acts_of(lines)
    walker = acts_of([(0, "view", 13, 0), (0, "view", 14, 1)]).history()

    weighed = served(fitted(past, aims="weighted", epochs=30), tmp_path / "weighted")
    alone = served(fitted(past), tmp_path / "strongest")

    among = weighed.score(walker, START + 2 * DAY, EVERYTHING)[10:]
    assert int(among.argmax()) == 5
    assert np.isneginf(alone.score(walker, START + 2 * DAY, EVERYTHING)[10:]).all()


def test_a_bad_rating_is_no_answer(tmp_path: Path) -> None:
    """Given a shop of ratings alone, in which item 1 is followed by item 2 with five stars as often as by item 3 with
    one, then 2 is foreseen and 3 is not; when ratings are not read, both are."""
    lines: list[Act] = []
    for shopper in range(60):
        lines += [(shopper, "rate", 1, 0, 4.0), (shopper, "rate", 2 + shopper % 2, 1, (5.0, 1.0)[shopper % 2])]
        lines += [(shopper, "rate", 4 + shopper % 12, 2, 3.0 + shopper % 3)]
    past = acts_of(lines)
    asked = past.where((past.shopper == 0) & (past.at < START + DAY)).history()

    reads = served(fitted(past), tmp_path / "with").score(asked, START + DAY, EVERYTHING)
    blind = served(fitted(past, reads=("kind",)), tmp_path / "without").score(asked, START + DAY, EVERYTHING)

    assert reads[2] - reads[3] > 2.0 or np.isneginf(reads[3])
    assert abs(blind[2] - blind[3]) < 1.0


def test_weights_follow_from_how_rare_a_kind_is() -> None:
    """Given one purchase, four carts and a hundred views, a cart weighs a half and a view a tenth."""
    lines: list[Act] = [(0, "purchase", 1, 0)]
    lines += [(0, "add_to_cart", 1, day) for day in range(4)] + [(0, "view", 1, day) for day in range(100)]

    census = census_of(acts_of(lines), ("kind",), "weighted")

    assert list(census.aims.values()) == pytest.approx([1.0, 0.5, 0.1])
    assert census.counts[:, 1].tolist() == [1, 4, 100]
    assert census.worth(np.array([0, 1])).tolist() == [0, 13]


def test_given_weights_are_relative_to_the_heaviest() -> None:
    lines: list[Act] = [(0, "purchase", 1, 0), (0, "view", 1, 1), (0, "like", 1, 2)]

    census = census_of(acts_of(lines), ("kind",), {"purchase": 4.0, "view": 1.0, "like": 0.0})

    assert census.aims == {KIND_CODE["purchase"]: 1.0, KIND_CODE["view"]: 0.25}


def aiming(past: Interactions, aims: Aims) -> Moments:
    """The moments of a log whose kinds are all alike, that aim at these."""
    told = census_of(past, (), aims)
    return gather(past, told, Rows(np.arange(20), 20), 0.0)


def test_a_place_is_learnt_at_as_often_as_it_weighs() -> None:
    """Given places that only views follow, at a tenth of a purchase's weight, a tenth of them is in an epoch."""
    lines: list[Act] = [(shopper, "view", shopper % 20, day) for shopper in range(300) for day in range(11)]
    lines += [(300, "purchase", 1, 0), (300, "purchase", 2, 1)]
    past = acts_of(lines)
    moments = aiming(past, {"purchase": 1.0, "view": 0.1})
    batches = Batches(moments, 8, 256, 4, 0.0)

    learnt = sum(len(batch.place) for batch in batches.epoch(np.random.default_rng(0)))

    assert batches.places() == 301
    assert 250 < learnt < 350


def test_targets_of_two_kinds_share_a_place_by_weight() -> None:
    """Given a view that is followed by a view and, later, by a purchase, it aims at both, by their weights."""
    past = acts_of([(0, "view", 1, 0), (0, "view", 2, 1), (0, "purchase", 3, 2)])
    moments = aiming(past, {"purchase": 1.0, "view": 0.25})

    target, weight = draw(moments.goals, np.array([0, 1]), 4, np.random.default_rng(0))

    shares = np.zeros((2, 4))
    np.add.at(shares, (np.array([[0], [1]]), target), weight)
    np.testing.assert_allclose(shares, [[0, 0, 0.2, 0.8], [0, 0, 0, 1]], rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "bands"),
    [
        ([1, 2, 3, 4, 5], [0, 1, 2, 3, 4]),
        ([-1, 1], [0, 4]),
        ([0, 25, 50, 75, 100], [0, 1, 2, 3, 4]),
        ([5, 5, 5], [4, 4, 4]),
    ],
)
def test_a_scale_follows_from_what_was_rated(values: list[float], bands: list[int]) -> None:
    past = acts_of([(0, "rate", 1, day, float(value)) for day, value in enumerate(values)])
    rated = past.history().rated
    scale = Scale.of(np.bincount(rated, minlength=CODES))

    assert scale is not None
    assert scale.bands()[rated].tolist() == bands


def test_without_ratings_there_is_no_scale() -> None:
    unrated = acts_of([(0, "rate", 1, 0), (0, "purchase", 1, 1)])

    for past in (unrated, replace(unrated, value=np.array([np.nan, 3.0], dtype=np.float32))):
        assert Scale.of(np.bincount(past.history().rated, minlength=CODES)) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"aims": {"impression": 1.0}}, "`aims` cannot name 'impression'"),
        ({"aims": {"purchase": -1.0}}, "`aims.purchase` must be at least 0"),
        ({"aims": {"purchase": 0.0}}, "at least one kind"),
        ({"aims": "all"}, "all"),
        ({"reads": ["colour"]}, "colour"),
    ],
)
def test_what_is_impossible_is_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        build(Recipe(model="sasrec", settings=settings))
