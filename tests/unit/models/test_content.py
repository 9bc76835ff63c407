"""What items share moves their vectors together; what tells nothing is left out; it can be switched off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry
from lingxi.domain.history import Goods

torch = pytest.importorskip("torch")
END = START + 31 * DAY
EVERY = ("category", "brand", "price", "words")


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def shop() -> Goods:
    """Twenty items: two categories, two brands, prices from 1 to 20, titles in English and Chinese."""
    titles = [f"the {'red' if number < 10 else 'blue'} thing 洗发水 {number}" for number in range(20)]
    return replace(
        goods_of(20),
        brand=(np.arange(20) // 10).astype(np.int32),
        brands=["north", "south"],
        price=np.arange(1, 21, dtype=np.float32),
        titles=titles,
    )


def parts(goods: Goods, *kinds: Any) -> list[Any]:
    from lingxi.models._content import parts_of

    return parts_of(goods, np.arange(20), kinds, 8)


def test_each_kind_is_a_part_and_what_tells_nothing_is_none() -> None:
    assert len(parts(shop(), *EVERY)) == 4
    assert parts(shop()) == []
    assert parts(replace(goods_of(20), category=np.zeros(20, np.int32)), *EVERY) == []


def test_words_are_those_that_some_but_not_all_titles_have() -> None:
    (words,) = parts(
        replace(
            shop(), titles=[f"the {word} cap" for word in ["a", "a", "a", "b", "b", "b", "c", "d"]] * 2 + ["x"] * 4
        ),
        "words",
    )
    torch.nn.init.normal_(words.vectors.weight)

    whole = words(None)

    assert torch.equal(whole[0], whole[1])
    assert not torch.equal(whole[0], whole[3])
    torch.testing.assert_close(words(torch.tensor([3, 19, 0])), whole[[3, 19, 0]])


@pytest.mark.parametrize("negatives", [0, 12])
@pytest.mark.parametrize("content", [(), EVERY])
def test_a_net_learns_with_and_without(content: tuple[str, ...], negatives: int) -> None:
    told: dict[str, Any] = {"epochs": 2, "width": 16, "layers": 1, "heads": 1, "length": 16, "threads": 1}
    module = registry.module("models", "sasrec")
    model = module.build(module.Config(**told, content=content, negatives=negatives), 0)

    model.fit(two_tastes(), shop(), END, None, silent)

    moved = [bool(part.vectors.weight.detach().abs().sum() > 0) for part in model.net.items.parts]
    assert moved == [True] * len(content)
