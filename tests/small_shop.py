"""A small live shop that tests post items to and send events to; every change goes through the state's fold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lingxi.domain.change import Type, tie_of
from lingxi.domain.event import KIND_CODE
from lingxi.domain.item import Item
from lingxi.domain.merchandising import MerchantRule, RuleSet
from lingxi.domain.slate import Query, Slate
from lingxi.domain.user import Trait, User
from lingxi.ports.log import Run
from lingxi.recommend.memory import Memory
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.record import Trace
from lingxi.recommend.scene import Learnt, Scene
from lingxi.recommend.settings import Settings
from lingxi.state.state import State

DAY = 86_400_000_000
HOUR = DAY // 24
START = 1_700_000_000_000_000


class SmallShop:
    """`now` is moved by hand. The memory between slates is kept, as a server keeps it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.state = State.empty()
        self.now = START
        self.settings = settings or Settings()
        self.memory = Memory()
        self.bundle: Learnt | None = None

    def post(self, name: str, **fields: Any) -> None:
        """An item, posted or posted anew."""
        self._apply(Type.ITEM, name, entry=Item(id=name, **fields))

    def know(self, user: str, **traits: Any) -> None:
        """A user, posted with these traits."""
        entry = User(id=user, traits={name: Trait(value) for name, value in traits.items()})
        self._apply(Type.USER, None, f"u:{user}", entry=entry)

    def rule(self, *rules: MerchantRule) -> None:
        """These are the shop's merchant rules from now on."""
        self._apply(Type.RULES, None, entry=RuleSet(rules=rules))

    def send(self, shopper: str, kind: str, item: str, at: int | None = None, price: float = math.nan) -> None:
        """One event of `u:…` or `s:…`."""
        self._apply(Type.EVENT, item, shopper, kind, self.now if at is None else at, price)

    def ask(self, query: Query, request: str = "r") -> tuple[Slate, Trace]:
        """A slate now."""
        scene = Scene(self.state, self.bundle, self.now, self.settings, self.memory)
        return recommend(query, scene, request)

    def shown(self, surface: str = "home", **fields: Any) -> list[str]:
        """The ids of a slate now."""
        slate, _ = self.ask(Query(surface=surface, **fields))
        return [pick.item for pick in slate.picks]

    def _apply(
        self,
        type_: Type,
        item: str | None,
        shopper: str | None = None,
        kind: str = "",
        at: int = 0,
        price: float = math.nan,
        entry: Item | User | RuleSet | None = None,
    ) -> None:
        seq = self.state.cursor + 1
        items, shoppers = self.state.items.number, self.state.shopper_number
        new_items = {} if item is None or item in items else {len(items): item}
        new_shoppers = {} if shopper is None or shopper in shoppers else {len(shoppers): shopper}
        nothing = np.array([math.nan])
        self.state.apply(
            Run(
                seq=np.array([seq]),
                type=np.array([type_], np.int8),
                at=np.array([at]),
                received=np.array([self.now]),
                tie=np.array([tie_of(str(seq))]),
                shopper=np.array([-1 if shopper is None else shoppers.get(shopper, len(shoppers))], np.int32),
                item=np.array([-1 if item is None else items.get(item, len(items))], np.int32),
                kind=np.array([KIND_CODE.get(kind, -1)], np.int8),
                quantity=nothing,
                price=np.array([price]),
                list_price=nothing,
                value=nothing,
                query=np.zeros(1, np.int64),
                entries={} if entry is None else {0: entry},
                new_items=new_items,
                new_shoppers=new_shoppers,
            )
        )


def grocer(count: int = 40) -> SmallShop:
    """`count` items `p0` … in four categories, `p0` the most bought by many; u:ann buys `p30` to `p33` every week."""
    shop = SmallShop()
    for number in range(count):
        shop.post(f"p{number}", title=f"Product {number}", category=f"Food > Aisle {number % 4}", price=1.0 + number)
    for shopper in range(12):
        for number in range(shopper + 1):
            shop.send(f"u:s{shopper}", "purchase", f"p{number}", at=shop.now - 3 * DAY + shopper)
    for week in range(5, 0, -1):
        for number in range(30, 34):
            shop.send("u:ann", "purchase", f"p{number}", at=shop.now - 7 * week * DAY)
    return shop
