"""What the usual encoder makes of the texts of a set's items, kept in `.cache/bench/vectors`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from _sets import objects_of
from _shop import CACHE

from lingxi.app.parts import encoder_of
from lingxi.domain.errors import Unavailable
from lingxi.domain.history import Goods
from lingxi.domain.item import Item
from lingxi.ports.encoder import TextEncoder
from lingxi.train.texts import text_of
from lingxi.train.vectors import vectors_of

NOBODY = "Unknown"
"""What a set says of a brand that it does not know."""


def _encoder() -> TextEncoder:
    found = encoder_of("auto")
    if found is None:
        raise Unavailable("no encoder of texts is installed", where="a model with text", remedy="make setup")
    return found


def with_text(goods: Goods, folder: Path | None) -> Goods:
    """The goods with vectors of what `*.items.jsonl` of a set's folder says of them, or they themselves; as they are
    where nothing is said.

    Raises:
        Unavailable: no encoder is installed.
    """
    said = dict(_own(goods) if folder is None else _texts(folder))
    texts = [said.get(name, "") for name in goods.ids]
    print(f"texts: {sum(map(bool, texts)):,} of {len(texts):,} items have one", flush=True)
    if not any(texts):
        return goods
    kept = CACHE / "vectors" / (folder.resolve().name if folder is not None else "demo")
    return replace(goods, text=vectors_of(texts, _encoder(), kept, _silent))


def digest_of(goods: Goods) -> str:
    """What tells these texts' vectors from others; "" without any."""
    return hashlib.blake2b(goods.text.tobytes(), digest_size=6).hexdigest() if goods.text.size else ""


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for told in objects_of(folder):
        brand = str(told.get("brand") or "")
        paths = told.get("category_paths") or [[]]
        item = Item(
            id=str(told["item_id"]),
            title=str(told.get("title") or ""),
            brand="" if brand == NOBODY else brand,
            category=" > ".join(map(str, paths[0])),
        )
        yield item.id, text_of(item)


def _own(goods: Goods) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(goods.ids):
        title, _, title_zh = goods.titles[number].partition("\n")
        brand, category = (
            names[value] if value >= 0 else ""
            for names, value in ((goods.brands, goods.brand[number]), (goods.categories, goods.category[number]))
        )
        yield name, text_of(Item(id=name, title=title, title_zh=title_zh, brand=brand, category=category))


def _silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches."""
