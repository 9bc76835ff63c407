"""The sequence model's answers satisfy the request before they are cut to their number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lingxi.domain.slate import Query
from lingxi.nearest.plan import Wanted
from lingxi.recommend.allowed import allowed
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Surface
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.runtimes import encoder_onnx
from made_encoder import MadeBundle, clustered, written
from small_shop import SmallShop

ITEMS = 1_500
VECTORS, _ = clustered(ITEMS, seed=4)
ZERO = np.zeros(ITEMS, np.float32)


def shop_of(folder: Path, wanted: Wanted | None = None, items: int = ITEMS) -> SmallShop:
    """Items `p0` … of rising price, every 500th of them in the category `Rare`; u:ann looked at one. One more is named
    by the bundle alone."""
    shop = SmallShop()
    for number in range(items):
        category = "Rare > Shelf" if number % 500 == 0 else f"Food > Aisle {number % 4}"
        shop.post(f"p{number}", title=f"Product {number}", category=category, price=1.0 + number)
    ids = [*(f"p{number}" for number in range(items - 1)), "later"]
    component = written(folder, ids, VECTORS[:items], ZERO[:items], wanted)
    shop.bundle = MadeBundle({"sequence": encoder_onnx.load(folder, component, shop.state.items.number)})
    shop.send("u:ann", "view", "p7")
    return shop


@pytest.fixture(scope="module", params=["exact", "ivf_flat"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """The same shop with and without an index; no test changes it."""
    return shop_of(tmp_path_factory.mktemp("bundle"), Wanted(kind=request.param, recall=0.99))


def moment_of(shop: SmallShop, **fields: object) -> Moment:
    query = Query(surface="home", user="ann", **fields)  # type: ignore[arg-type]
    return Moment(query, Scene(shop.state, shop.bundle, shop.now, shop.settings, shop.memory))


def best(shop: SmallShop, mask: np.ndarray, n: int) -> list[int]:
    """By brute force: a history of one item has that item's vector."""
    scores = np.where(mask[: ITEMS - 1], VECTORS[:-1] @ VECTORS[7], -np.inf)
    return np.argsort(-scores)[: min(n, int(mask[: ITEMS - 1].sum()))].tolist()


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"category": "Food"},
        {"category": "Rare"},
        {"price_min": 700.0, "price_max": 860.0},
        {"category": "Food > Aisle 1", "price_max": 12.0},
        {"exclude": tuple(f"p{number}" for number in range(900))},
    ],
    ids=lambda bounds: " ".join(bounds) or "none",
)
def test_the_sequence_source_proposes_the_best_within_the_bounds(shop: SmallShop, bounds: dict[str, object]) -> None:
    """Given bounds that leave much, little or three of fifteen hundred, its list is the best of what they leave."""
    from lingxi.recommend.sources.sequence import SOURCE

    moment = moment_of(shop, **bounds)
    mask = allowed(moment).mask.copy()
    mask[moment.numbers(moment.query.exclude)] = False

    listed = SOURCE.propose(moment, 40).items.tolist()

    right = best(shop, mask, 40)
    assert len(listed) == len(right)
    assert mask[listed].all()
    assert len(set(listed) & set(right)) >= 0.9 * len(right)


@pytest.mark.parametrize("surface", ["home", "similar", "bought_together", "cart", "trending", "buy_again"])
def test_one_item_in_five_hundred_is_found_on_every_surface(shop: SmallShop, surface: str) -> None:
    """Given a category of three items, whoever asks for it gets these three, and is told why there are no more."""
    slate, _ = shop.ask(Query(surface=surface, user="ann", items=("p9",), category="Rare", n=5))

    assert {pick.item for pick in slate.picks} == {"p0", "p500", "p1000"}
    assert slate.short == "category 'Rare' has 3 items in stock"


def test_a_full_slate_says_nothing(shop: SmallShop) -> None:
    """Given enough, there is nothing to say."""
    assert shop.ask(Query(user="ann", n=20, category="Food"))[0].short == ""


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"category": "Fodo"}, "the shop has no category 'Fodo'"),
        (
            {"category": "Rare", "price_max": 0.5},
            "category 'Rare' has no item in stock at 0.5 or less, of 3 items in all",
        ),
        (
            {"category": "Rare", "exclude": ("p0", "p500", "p1000")},
            "category 'Rare' has 3 items in stock; removed of these: requested 3",
        ),
        ({"price_min": 1.0, "price_max": 2.0}, "the shop has 2 items in stock at 1 to 2"),
    ],
)
def test_what_cannot_be_filled_says_why(shop: SmallShop, bounds: dict[str, object], said: str) -> None:
    """Given bounds that nothing or little satisfies, the slate has that and a sentence."""
    slate, _ = shop.ask(Query(user="ann", n=5, **bounds))  # type: ignore[arg-type]

    assert slate.short == said


@pytest.mark.parametrize("kind", ["exact", "ivf_flat"])
def test_new_hidden_and_sold_out_items_are_known_at_once(tmp_path: Path, kind: str) -> None:
    """Given a shopper whose list is remembered, the next slate has what was posted since and not what went."""
    shop = shop_of(tmp_path, Wanted(kind=kind, recall=0.99), items=300)
    from lingxi.recommend.sources.sequence import SOURCE

    first = SOURCE.propose(moment_of(shop), 20).items.tolist()
    gone = f"p{first[3]}"
    like = shop.state.item(first[0])
    assert like is not None
    shop.post(gone, title="gone", category=like.category, price=1.0, visible=False)
    shop.post("new", title=like.title, category=like.category, price=1.0)
    shop.post("later", title="Known to the bundle", category="Nowhere yet", price=1.0)
    shop.post("alone", title="Of a category that the model has never met", category="Elsewhere", price=1.0)

    moment = moment_of(shop)
    listed = SOURCE.propose(moment, 298).items.tolist()

    number = shop.state.items.number
    assert number[gone] not in listed
    assert number["new"] in listed
    assert number["later"] in listed
    assert number["alone"] not in listed
    encoder = moment.bundle.runtimes["sequence"]  # type: ignore[union-attr]
    np.testing.assert_array_equal(encoder.near.vector(number["later"]), VECTORS[299])
    assert gone not in shop.shown(user="ann", n=100)


def test_an_item_that_moves_to_another_category_gets_another_vector(tmp_path: Path) -> None:
    """Given an item posted after the bundle, when it is posted anew elsewhere, it is like what lies there."""
    shop = shop_of(tmp_path, items=300)
    from lingxi.recommend.sources.sequence import SOURCE

    vectors = []
    for aisle in (1, 2):
        shop.post("moved", title="Moved", category=f"Food > Aisle {aisle}", price=1.0)
        SOURCE.propose(moment_of(shop), 5)
        encoder = moment_of(shop).bundle.runtimes["sequence"]  # type: ignore[union-attr]
        vectors.append(encoder.near.vector(shop.state.items.number["moved"]))

    assert not np.array_equal(*vectors)


def test_content_finds_what_points_the_same_way(shop: SmallShop) -> None:
    """Given an item's page, what is most like it by the cosine comes first, and says so."""
    from lingxi.recommend.sources.content import ALIKE, SOURCE

    listed = SOURCE.propose(moment_of(shop, items=("p7",)), 10)

    lengths = np.linalg.norm(VECTORS[: ITEMS - 1], axis=1)
    cosines = VECTORS[: ITEMS - 1] @ VECTORS[7] / lengths
    right = [each for each in np.argsort(-cosines).tolist() if each != 7][:10]
    assert len(set(listed.items.tolist()) & set(right)) >= 9
    assert set(listed.origins.tolist()) == {7}  # type: ignore[union-attr]
    alone = Surface(sources={"content": 20}, filters=("hidden", "context"), weights={"content.lead": 1.0})
    moment = moment_of(shop, items=("p7",), n=5)
    slate, _ = recommend(moment.query, moment.scene, surface=alone)
    assert {pick.reason.en for pick in slate.picks} == {"Much like Product 7"}
    # The last of the list are near only beside the others, and nothing is said to be much like the page's item.
    listed = SOURCE.propose(moment_of(shop, items=("p7",)), 60)
    lengths = lengths * np.linalg.norm(VECTORS[7])
    cosines = (VECTORS[: ITEMS - 1] @ VECTORS[7] / lengths)[listed.items]
    assert (np.asarray(listed.origins) == np.where(cosines >= ALIKE, 7, -1)).all()


def test_content_knows_an_item_posted_a_moment_ago(tmp_path: Path) -> None:
    """Given a new item, its page shows items of its category, and pages of items like it show it."""
    shop = shop_of(tmp_path, items=300)
    from lingxi.recommend.sources.content import SOURCE

    shop.post("new", title="Product 5", category="Food > Aisle 1", price=1.0)

    beside = SOURCE.propose(moment_of(shop, items=("new",)), 30)
    assert len(beside)
    # It begins as the mean of what is like it, so that the nearest of these shows it.
    nearest = shop.state.items.ids[beside.items[0]]
    assert shop.state.items.number["new"] in SOURCE.propose(moment_of(shop, items=(nearest,)), 60).items


def test_what_is_like_what_a_shopper_looked_at_is_found_though_they_do_nothing_more(tmp_path: Path) -> None:
    """Given a shopper whose list was made, when one more item of its kind is posted, the next slate has it."""
    shop = shop_of(tmp_path, items=300)
    from lingxi.recommend.sources.content import SOURCE

    shop.post("new", title="Product 5", category="Food > Aisle 1", price=1.0)
    nearest = SOURCE.propose(moment_of(shop, items=("new",)), 30).items[0]
    shop.send("u:ann", "view", shop.state.items.ids[nearest])
    number = shop.state.items.number
    assert number["new"] in SOURCE.propose(moment_of(shop), 60).items
    shop.post("newer", title="Product 5", category="Food > Aisle 1", price=1.0)
    assert number["newer"] in SOURCE.propose(moment_of(shop), 60).items


def test_segment_is_what_sells_in_the_categories_of_the_shopper() -> None:
    """Given a shopper of one aisle and a little of another, the first one's best sellers lead; a guest has none."""
    from small_shop import grocer

    shop = grocer()
    for item in ("p1", "p5", "p9", "p2"):
        shop.send("u:eve", "view", item)
    query = Query(surface="home", user="eve")
    moment = Moment(query, Scene(shop.state, None, shop.now, shop.settings, shop.memory))
    from lingxi.recommend.sources.segment import SOURCE

    listed = SOURCE.propose(moment, 12).items.tolist()

    assert {item % 4 for item in listed} == {1, 2}
    assert listed[0] % 4 == 1
    assert not len(SOURCE.propose(Moment(Query(surface="home"), moment.scene), 12))
    # p1 was bought by eleven, p9 by three of whom the months have taken a part, p39 by nobody.
    told = SOURCE.because(moment, SOURCE.propose(moment, 12), list(range(len(listed))))
    said = {item: each.en for item, each in zip(listed, told, strict=True)}
    assert said[1] == "Popular in a category that you looked at"
    assert {said[item] for item in listed if item > 12} == {"In a category that you looked at"}
