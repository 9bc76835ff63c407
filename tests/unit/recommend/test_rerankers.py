"""Each reranker makes the greedy choice that its paper describes; none loses or repeats an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi import registry
from lingxi.domain.slate import Query
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.relevance import relevance
from lingxi.recommend.rerankers._greedy import APART, SMOOTHED, calibrated, most_volume, relevant_and_different
from lingxi.recommend.rerankers._likeness import WITH_VECTORS, likeness_of, unit
from lingxi.recommend.rerankers.calibrated import mix_of
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from small_shop import SmallShop, grocer
from vectored import bundle_of

RERANKERS = registry.names("recommend/rerankers")
ITEMS = np.arange(40, dtype=np.int32)
KERNELS = (relevant_and_different, most_volume, calibrated)
VECTORS = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)


def greedily(value: Callable[[list[int], int], float], size: int, n: int) -> list[int]:
    """Again and again the item of the greatest value beside what is chosen; of equal ones the first."""
    chosen: list[int] = []
    while len(chosen) < min(n, size):
        left = [each for each in range(size) if each not in chosen]
        chosen.append(max(left, key=lambda each: (round(value(chosen, each), 7), -each)))
    return chosen


@st.composite
def pools(draw: st.DrawFn) -> tuple[np.ndarray, tuple, np.ndarray, float, int]:
    """Relevance, best first; a likeness; the matrix of it; a strength; how many are wanted."""
    size = draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    relevances = np.sort(rng.random(size))[::-1].copy()
    vectors = unit(rng.normal(size=(size, 3)).astype(np.float32))
    category, brand = rng.integers(-1, 3, (2, size)).astype(np.int32)
    same = [(each[:, None] == each) & (each >= 0) for each in (category, brand)]
    matrix = WITH_VECTORS[0] * (vectors @ vectors.T) + WITH_VECTORS[1] * same[0] + WITH_VECTORS[2] * same[1]
    np.fill_diagonal(matrix, 1.0)
    strength = draw(st.sampled_from([0.0, 0.1, 0.5, 0.9]))
    return relevances, (vectors, category, brand, WITH_VECTORS), matrix, strength, draw(st.integers(1, 9))


@settings(max_examples=25, deadline=None)
@given(pools())
def test_mmr_is_the_greedy_choice(pool: tuple) -> None:
    """Given candidates with vectors, when MMR orders them, then each is the best by relevance less likeness."""
    good, alike, matrix, strength, n = pool

    def value(chosen: list[int], each: int) -> float:
        return (1 - strength) * good[each] - strength * max([0.0, *(matrix[each, other] for other in chosen)])

    assert relevant_and_different(good, *alike, strength, n).tolist() == greedily(value, len(good), n)


@settings(max_examples=25, deadline=None)
@given(pools())
def test_the_fast_greedy_map_is_the_slow_one(pool: tuple) -> None:
    """Given candidates, when the DPP's kernel orders them, then each adds the most to relevance and log determinant."""
    good, alike, matrix, strength, n = pool
    kernel = (1 - APART) * matrix + APART * np.eye(len(good))

    def value(chosen: list[int], each: int) -> float:
        rows = [*chosen, each]
        whole = np.linalg.slogdet(kernel[np.ix_(rows, rows)])[1]
        return (1 - strength) * good[each] + strength * (whole - np.linalg.slogdet(kernel[np.ix_(chosen, chosen)])[1])

    assert most_volume(good, *alike, strength, n).tolist() == greedily(value, len(good), n)


@settings(max_examples=25, deadline=None)
@given(pools(), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_calibration_is_the_greedy_choice(pool: tuple, counts: list[int]) -> None:
    """Given a shopper's shares, when the kernel orders candidates, then each takes the most off the divergence."""
    good, (_, category, _, _), _, strength, n = pool
    share = np.array(counts) / sum(counts)

    def divergence(rows: list[int]) -> float:
        seen = np.array([(category[rows] == kind).mean() for kind in range(3)])
        return float(share @ np.log2(share / ((1 - SMOOTHED) * seen + SMOOTHED * share)))

    def value(chosen: list[int], each: int) -> float:
        return (1 - strength) * good[each] - strength * divergence([*chosen, each])

    found = calibrated(good, category.astype(np.int64), share, strength, n).tolist()
    assert found == greedily(value, len(good), n)


@pytest.fixture(scope="module")
def shop() -> SmallShop:
    """A grocer with a model: every item has a vector, but those of the last aisle."""
    made = grocer()
    made.bundle = bundle_of(VECTORS[:36])
    made.send("u:eve", "view", "p5")
    return made


def order_of(shop: SmallShop, name: str, scores: np.ndarray, n: int, user: str = "ann", **chosen: object) -> list[int]:
    """The order that a reranker makes of all items."""
    scene = Scene(shop.state, shop.bundle, shop.now, Settings(**chosen))  # type: ignore[arg-type]
    part = registry.load("recommend/rerankers", name, "RERANKER")
    return part.order(Moment(Query(user=user), scene), ITEMS, scores.astype(np.float32), n).tolist()


@pytest.mark.parametrize("likeness", ["category", "vectors"])
@pytest.mark.parametrize("name", RERANKERS)
@settings(max_examples=8, deadline=None)
@given(
    numbers=st.lists(st.integers(-3, 3), min_size=40, max_size=40),
    n=st.integers(1, 50),
    strength=st.sampled_from([0.0, 0.03, 0.5, 1.0]),
)
def test_an_order_holds_each_item_once(
    shop: SmallShop, name: str, likeness: str, numbers: list[int], n: int, strength: float
) -> None:
    """Given any scores, when they are reranked, then n different items come out, twice the same; with no strength by
    score, equal ones by number."""
    scores = np.array(numbers, np.float32)
    chosen = {"diversity": strength, "calibration": strength, "likeness": likeness}
    order = order_of(shop, name, scores, n, **chosen)
    assert len(order) == len(set(order)) == min(n, 40)
    assert set(order) <= set(range(40))
    assert order == order_of(shop, name, scores, n, **chosen)
    if strength == 0.0 and 3 * n >= 40:
        assert order == np.lexsort((ITEMS, -scores))[:n].tolist()


def test_a_score_that_is_no_number_comes_last(shop: SmallShop) -> None:
    """Given scores of which some are no numbers, when they are reranked, then each item comes out once."""
    scores = np.where(ITEMS % 3 == 0, np.nan, np.where(ITEMS == 7, np.inf, ITEMS)).astype(np.float32)
    for name in RERANKERS:
        order = order_of(shop, name, scores, 20, diversity=0.1, likeness="vectors")
        assert len(set(order)) == 20
    assert relevance(np.array([np.inf, 2.0, 1.0, -np.inf, np.nan])).tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]


def test_vectors_that_are_no_numbers_are_like_nothing(shop: SmallShop) -> None:
    """Given vectors that are broken, empty or of items that the model does not know, then they compare as 0."""
    assert unit(np.array([[np.nan, 1], [0, 0], [3, 4], [np.inf, 1]], np.float32)).tolist() == [
        [0, 0],
        [0, 0],
        pytest.approx([0.6, 0.8]),
        [0, 0],
    ]
    scene = Scene(shop.state, shop.bundle, shop.now, Settings(likeness="vectors"))
    alike = likeness_of(Moment(Query(), scene), ITEMS)
    assert np.linalg.norm(alike.vectors, axis=1).tolist() == pytest.approx([1.0] * 36 + [0.0] * 4)


def test_what_is_like_the_first_makes_room(shop: SmallShop) -> None:
    """Given two copies of the best item among equals, when they are spread by vectors, then one copy is last."""
    vectors = VECTORS.copy()
    vectors[4] = vectors[0]
    copied = replace_bundle(shop, vectors)
    scores = np.r_[2.0, np.full(7, 1.0), np.full(32, 0.0)]
    for name in ("mmr", "dpp"):
        order = order_of(copied, name, scores, 8, diversity=0.5, likeness="vectors")
        assert order[0] == 0
        assert 4 not in order[:7]


def replace_bundle(shop: SmallShop, vectors: np.ndarray) -> SmallShop:
    """The same shop with other vectors."""
    other = SmallShop()
    other.state, other.now, other.bundle = shop.state, shop.now, bundle_of(vectors)
    return other


def test_the_shoppers_mix_is_what_they_bought_else_what_they_looked_at(shop: SmallShop) -> None:
    """Given who bought from four aisles alike, who only looked at one item, and a stranger, then so are their mixes."""

    def mix(user: str) -> dict[str, float]:
        kinds, share = mix_of(Moment(Query(user=user), Scene(shop.state, None, shop.now)))
        return {shop.state.items.categories[kind]: part for kind, part in zip(kinds, share.tolist(), strict=True)}

    assert mix("ann") == {f"Food > Aisle {aisle}": 0.25 for aisle in range(4)}
    assert mix("eve") == {"Food > Aisle 1": 1.0}
    assert mix("nobody") == {}


def test_a_calibrated_slate_follows_the_mix(shop: SmallShop) -> None:
    """Given who looked at one aisle, when nothing but calibration counts, then the slate begins with that aisle."""
    order = order_of(shop, "calibrated", np.linspace(1, 0, 40), 10, user="eve", calibration=1.0)
    assert [place % 4 for place in order[:7]] == [1] * 7


def test_a_kernel_is_compiled_once(shop: SmallShop) -> None:
    """Given settings that are whole numbers, and shoppers known and not, when slates are reranked, then no kernel is
    compiled for other types: a request would wait for it."""
    for likeness in ("category", "vectors"):
        for user in ("ann", "nobody"):
            for name in RERANKERS:
                order_of(shop, name, np.arange(40.0), 5, user, likeness=likeness, diversity=1, calibration=1)
    assert [len(each.signatures) for each in KERNELS] == [1, 1, 1]


def test_each_surface_has_the_reranker_that_the_shop_chose() -> None:
    """Given settings, when slates are asked, then a surface without a reranker gets one only where it is named."""
    shop = grocer()

    def by(surface: str, **chosen: object) -> str:
        shop.settings = Settings(**chosen)  # type: ignore[arg-type]
        return shop.ask(Query(surface=surface, items=("p1",)))[1].arranged.reranker

    assert (by("home"), by("similar")) == ("mmr", "score")
    assert (by("home", reranker="dpp"), by("similar", reranker="dpp")) == ("dpp", "score")
    assert by("similar", surfaces={"similar": {"reranker": "calibrated"}}) == "calibrated"
    assert by("home", surfaces={"home": {"reranker": "none"}}) == "score"
    scene = Scene(shop.state, None, shop.now, Settings(reranker="dpp", surfaces={"home": {"reranker": "mmr"}}))
    left_out = recommend(Query(), scene, surface=replace(surface_of("home"), reranker="none"))[1]
    assert left_out.arranged.reranker == "score"
