"""What items share moves their vectors together; what tells nothing is left out; it can be switched off.

What texts mean also tells items that were never met.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, History, Interactions
from lingxi.domain.words import query_of
from lingxi.ports.recipe import build, reads_text
from lingxi.train.split import Histories

torch = pytest.importorskip("torch")
END = START + 31 * DAY
EVERY = ("category", "brand", "price", "words", "text")
SMALL: dict[str, Any] = {"width": 16, "layers": 1, "heads": 1, "length": 16, "threads": 1, "epochs": 2}
NEW = 4
"""Items of the catalogue that nobody has met yet: the first half of them of the first taste."""


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def shop() -> Goods:
    """Twenty items: two categories, two brands, prices from 1 to 20, titles in English and Chinese, texts' vectors."""
    titles = [f"the {'red' if number < 10 else 'blue'} thing 洗发水 {number}" for number in range(20)]
    return replace(
        goods_of(20),
        brand=(np.arange(20) // 10).astype(np.int32),
        brands=["north", "south"],
        price=np.arange(1, 21, dtype=np.float32),
        titles=titles,
        text=texts(np.arange(20) // 10),
    )


def texts(taste: Any) -> Any:
    """float32[n, 24]: vectors in a narrow cone, in which those of one taste lie together."""
    rng = np.random.default_rng(0)
    found = 1.0 + 0.1 * rng.normal(size=(2, 24))[taste] + 0.03 * rng.normal(size=(len(taste), 24))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def with_new() -> Goods:
    """The same and items that nobody has met, whose texts say what taste they are of."""
    more = goods_of(20 + NEW)
    taste = np.append(np.arange(20) // 10, np.arange(NEW) // (NEW // 2))
    return replace(more, category=np.zeros(20 + NEW, np.int32), text=texts(taste))


def learnt(goods: Goods, name: str = "sasrec", **settings: Any) -> Any:
    module = registry.module("models", name)
    model = module.build(module.Config(**{**SMALL, **settings}), 0)
    model.fit(two_tastes(), goods, END, None, silent)
    return model


def served(model: Any, goods: Goods, folder: Path) -> Any:
    component = model.export(folder, "model")
    ids = {name: number for number, name in enumerate(goods.ids)}
    return registry.load("runtimes", component.runtime, "load")(folder, component, ids)


def parts(goods: Goods, *kinds: Any) -> list[Any]:
    from lingxi.models._content import parts_of

    return parts_of(goods, np.arange(20), 20, kinds, 8)


def test_each_kind_is_a_part_and_what_tells_nothing_is_none() -> None:
    assert len(parts(shop(), *EVERY)) == len(EVERY)
    assert parts(shop()) == []
    assert parts(replace(goods_of(20), category=np.zeros(20, np.int32)), *EVERY) == []
    assert parts(replace(shop(), text=np.zeros((20, 24), np.float32)), "text") == []


def test_words_are_those_that_some_but_not_all_titles_have() -> None:
    (words,) = parts(
        replace(
            shop(), titles=[f"the {word} cap" for word in ["a", "a", "a", "b", "b", "b", "c", "d"]] * 2 + ["x"] * 4
        ),
        "words",
    )
    torch.nn.init.normal_(words.vectors.weight)

    whole = words(slice(20))

    assert torch.equal(whole[0], whole[1])
    assert not torch.equal(whole[0], whole[3])
    torch.testing.assert_close(words(torch.tensor([3, 19, 0])), whole[[3, 19, 0]])
    torch.testing.assert_close(words(slice(5, 9)), whole[5:9])


@pytest.mark.parametrize("negatives", [0, 12])
@pytest.mark.parametrize("content", [(), EVERY])
def test_a_net_learns_with_and_without(content: tuple[str, ...], negatives: int) -> None:
    model = learnt(shop(), content=content, negatives=negatives)

    moved = [bool(part.vectors.weight.detach().abs().sum() > 0) for part in model.net.items.parts]
    assert moved == [True] * len(content)


def test_texts_are_turned_to_what_tells_them_apart() -> None:
    """Given vectors that all point one way, what is left of them tells the tastes; no text stays none; the axes are
    those of the items that were met."""
    from lingxi.models._content import turned

    vectors = shop().text.copy()
    vectors[3] = 0.0
    found = turned(vectors, np.arange(20), 20)

    assert (vectors[4:] @ vectors[4:].T).min() > 0.9
    assert (found[4:10] @ found[4:10].T).mean() > 0.5
    assert (found[4:10] @ found[10:].T).mean() < -0.5
    np.testing.assert_allclose(np.linalg.norm(np.delete(found, 3, axis=0), axis=1), 1.0, rtol=1e-5)
    assert not found[3].any()
    some = turned(vectors, np.array([*range(12), 19]), 12)
    np.testing.assert_allclose(some[:12], turned(vectors, np.arange(12), 12), atol=1e-5)


@pytest.mark.parametrize("name", ["sasrec", "gru4rec", "sequence"])
def test_what_was_never_met_is_recommended_by_its_text(name: str, tmp_path: Path) -> None:
    """Given items that nobody has met, with a text like those of one taste, then who has that taste gets them before
    those of the other, and who met nothing but such an item gets that taste."""
    goods, settings = with_new(), {"epochs": 15, "content": ["text"], "own_dropout": 0.3, "least": 1}
    runtime = served(learnt(goods, name, **settings), goods, tmp_path)
    new = np.arange(20, 20 + NEW, dtype=np.int32)

    for shopper in (4, 5):
        scores = runtime.score(Histories(two_tastes()).of(shopper), END, new)
        mine = np.arange(NEW) // (NEW // 2) == shopper % 2
        assert np.isfinite(scores).all()
        assert scores[mine].min() > scores[~mine].max()
    for item, taste in ((20, 0), (20 + NEW - 1, 1)):
        best, _ = runtime.propose(Histories(interactions([(0, item, 28)])).of(0), END, 5)
        met = best[best < 20]
        assert (met // 10 == taste).all()


def test_what_was_never_met_stays_unknown_without_its_text(tmp_path: Path) -> None:
    """Given the same without texts among the content, or items without one, they have no score."""
    goods = with_new()
    bare = goods.text.copy()
    bare[-1] = 0.0
    new = np.arange(20, 20 + NEW, dtype=np.int32)
    history = Histories(two_tastes()).of(4)

    without = served(learnt(goods), goods, tmp_path / "a").score(history, END, new)
    some = replace(goods, text=bare)
    partly = served(learnt(some, content=["text"]), some, tmp_path / "b").score(history, END, new)

    assert (without == -np.inf).all()
    assert np.isfinite(partly).tolist() == [True] * (NEW - 1) + [False]


def test_a_value_that_nobody_met_says_nothing() -> None:
    """Given a new item of a category that no item that was met has, only its text speaks for it."""
    from lingxi.models._content import parts_of
    from lingxi.nn.items import ItemTable

    goods = with_new()
    goods = replace(
        goods, category=np.append(np.arange(20) // 10, [0, 1, 2, 2]).astype(np.int32), categories=list("abc")
    )
    table = ItemTable(np.ones(20, np.int64), parts_of(goods, np.arange(24), 20, ["category", "text"], 8), 8)

    with torch.no_grad():
        vectors, _ = table.served(NEW)
        meaning = table.parts[1](slice(20, 24))

    torch.testing.assert_close(vectors[22:24], meaning[2:])
    assert not torch.allclose(vectors[20:22], meaning[:2])


def test_two_threads_take_the_same_items_for_new() -> None:
    one, two = (learnt(shop(), content=["text"], own_dropout=0.5, threads=threads) for threads in (1, 2))

    for name, tensor in one.net.state_dict().items():
        assert torch.equal(tensor, two.net.state_dict()[name]), name


def test_who_reads_texts_says_so() -> None:
    for name, settings, reads in (
        ("sasrec", {}, False),
        ("sasrec", {"content": ["text"]}, True),
        ("fusion", {"members": {"popular": {}, "sasrec": {"content": ["text"]}}}, True),
        ("fusion", {}, False),
        ("popular", {}, False),
    ):
        assert reads_text([Recipe(model=name, settings=settings)]) == reads, (name, settings)


def searching() -> Interactions:
    """The same purchases, and a search for a colour on the day before each of a shopper's first."""
    bought = two_tastes()
    first = np.unique(bought.shopper, return_index=True)[1]
    asked = bought.where(np.sort(first))
    colour = np.array([query_of("red"), query_of("blue")])[asked.shopper % 2]
    search = np.full(len(asked), KIND_CODE["search"], dtype=np.int8)
    asked = replace(asked, at=asked.at - DAY, item=np.full(len(asked), -1, np.int32), kind=search, query=colour)
    both = {name: np.concatenate([column, bought.columns()[name]]) for name, column in asked.columns().items()}
    whole = Interactions.of(both)
    return whole.where(np.lexsort((whole.tie, whole.at)))


def test_a_word_that_nobody_searched_for_means_what_items_mean_that_have_it(tmp_path: Path) -> None:
    """Given searches for two words that came before items of one taste each, and titles that also have words which
    nobody searched for, a search for such a word asks for the taste of the items that have it."""
    said = [("red", "scarlet"), ("blue", "azure")]
    titles = [f"{' '.join(said[number // 10])} {number}" for number in range(20)]
    goods = replace(with_new(), titles=[*titles, *[""] * NEW])
    told = {"content": ("text",), "epochs": 30, "rate": 0.01, "tokens": 200}
    model = build(Recipe(model="sasrec", settings={**SMALL, **told}))
    model.fit(searching(), goods, END, None, silent)
    runtime = served(model, goods, tmp_path)

    for taste, word in enumerate(("scarlet", "azure")):
        kind = np.array([KIND_CODE["search"]], dtype=np.int8)
        asked = History(np.array([START]), np.array([-1], np.int32), kind, query=np.array([query_of(word)]))
        items, _ = runtime.propose(asked, START + DAY, 5)
        assert {number // 10 for number in items.tolist() if number < 20} == {taste}
