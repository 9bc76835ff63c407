"""What one process offers of shoppers while another offers too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from lingxi.app.sharing import Sharing, name_of
from lingxi.backends.shoppers.memory import MemoryShoppers
from lingxi.ports.shoppers import NOBODY, Held
from small_shop import SmallShop

ANN = name_of("u:ann")


class Overtaken(MemoryShoppers):
    """Behind the first offer, that of another process is taken, which has not heard yet that ann is forgotten."""

    offers = 0

    async def apply(
        self, begins: int, ends: int, rows: Mapping[str, bytes], gone: Mapping[str, int] = NOBODY, *, anew: bool = False
    ) -> Held:
        held = await super().apply(begins, ends, rows, gone, anew=anew)
        self.offers += 1
        if self.offers == 1:
            await super().apply(1, 2, {ANN: (2).to_bytes(8, "little")})
        return held


def test_who_was_forgotten_is_named_until_the_cursor_has_passed_that() -> None:
    """Given an offer that is refused, and one of another process that brings the shopper back, when the first offers
    again, then the shopper is gone for good and nothing is left to offer."""
    shop = SmallShop()
    shop.post("p1")
    for who in ("u:bob", "u:eve"):
        shop.send(who, "view", "p1")

    async def story() -> None:
        store = Overtaken()
        await MemoryShoppers.apply(store, -1, 1, {}, anew=True)
        sharing = Sharing(store, lambda: shop.state)
        sharing._held, sharing._since, sharing._forgotten = Held(0, 0), 0, {ANN: 3}
        async with asyncio.timeout(5):
            await sharing._offer_all()
        assert (await store.read({ANN: 0})) == ((1, 3), {})
        assert (store.offers, sharing._forgotten) == (3, {})

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, story()).result()
