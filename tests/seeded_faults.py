"""A made-up shop's log into which known faults are sown: what a cleaning finds can be held against the truth.

Beside the faults stand rare sales that are genuine, and look like faults to who does not look at the item or the
shopper: fuel by the thousandth of a litre, wholesale orders, cups by the hundred, clearances, things sold by weight.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR
BEGIN: Final = 1_760_000_000_000_000
DAYS: Final = 60
DUPLICATE: Final = "duplicate"
"""What the second of two equal lines is; no rule's name: the log stores it once."""
SCHEMA: Final = {
    **dict.fromkeys(("kind", "user", "session", "item"), pl.String),
    "at": pl.Int64,
    "order": pl.String,
    "quantity": pl.Float64,
    "price": pl.Float64,
}
Row = dict[str, Any]


@dataclass
class Sown:
    """Rows in order of time; of each the rules that should mark it, and whether it is a rare sale that is genuine."""

    rows: list[Row] = field(default_factory=list)
    faults: list[set[str]] = field(default_factory=list)
    rare: list[bool] = field(default_factory=list)

    def add(self, row: Row, *faults: str, rare: bool = False) -> None:
        self.rows.append(row)
        self.faults.append(set(faults))
        self.rare.append(rare)

    def sorted(self) -> Sown:
        order = sorted(range(len(self.rows)), key=lambda n: self.rows[n]["at"])
        return Sown([self.rows[n] for n in order], [self.faults[n] for n in order], [self.rare[n] for n in order])

    def frame(self) -> pl.DataFrame:
        """The rows, as a data set gives them."""
        return pl.DataFrame(self.rows, schema=SCHEMA)


class Shop:
    """Makes one shop's log; the same seed makes the same."""

    def __init__(self, seed: int, scale: int = 1, items: int = 200) -> None:
        self.chance, self.scale = random.Random(seed), scale
        self.sown = Sown()
        self.shoppers = [f"shopper-{n}" for n in range(400 * scale)]
        self.prices = {f"item-{n}": round(self.chance.lognormvariate(2.7, 0.8) + 4, 2) for n in range(items)}
        self.orders = 0

    def moment(self, first: int = 0, days: int = DAYS) -> int:
        """A time of day at which people are awake, of so many days from day `first` on; no whole minute."""
        hour = self.chance.triangular(7, 23, 19)
        return BEGIN + (first + self.chance.randrange(days)) * DAY + int(hour * HOUR) + self.chance.randrange(1, SECOND)

    def items(self, count: int) -> list[str]:
        """Different items, some of them far more often than others."""
        chosen: list[str] = []
        names = list(self.prices)
        while len(chosen) < count:
            name = names[min(int(self.chance.expovariate(1 / 40)), len(names) - 1)]
            if name not in chosen:
                chosen.append(name)
        return chosen

    def visit(self, shopper: str, at: int, acts: int) -> None:
        """Looks at some items, now and then at one again, and puts some into the cart."""
        session = f"session-{at}"
        for item in self.items(acts):
            at += int(self.chance.uniform(2.5, 60) * SECOND)
            row = {"kind": "view", "user": shopper, "session": session, "item": item, "at": at}
            self.sown.add(row)
            if self.chance.random() < 0.15:
                at += int(self.chance.uniform(2.5, 20) * SECOND)
                self.sown.add({**row, "kind": self.chance.choice(["add_to_cart", "view"]), "at": at})

    def order(
        self,
        shopper: str,
        lines: int | list[str],
        *faults: str,
        price: Callable[[str], float] | None = None,
        quantity: Callable[[], float] | None = None,
        rare: bool = False,
        name: str = "",
        at: int | None = None,
    ) -> list[int]:
        """An order; a line in ten is at a discount. Returns the places of its lines."""
        self.orders += 1
        at, first = at or self.moment(), len(self.sown.rows)
        for item in lines if isinstance(lines, list) else self.items(lines):
            off = self.chance.choice([0.1, 0.2, 0.3, 0.5]) if self.chance.random() < 0.1 and price is None else 0
            paid = round(self.prices[item] * (1 - off), 2) if price is None else price(item)
            taken = quantity() if quantity else float(self.chance.choices([1, 2, 3, 4, 6], [60, 20, 10, 5, 5])[0])
            row = {"kind": "purchase", "user": shopper, "item": item, "at": at, "order": name or f"order-{self.orders}"}
            self.sown.add({**row, "quantity": taken, "price": paid}, *faults, rare=rare)
        return list(range(first, len(self.sown.rows)))


def people(shop: Shop) -> None:
    """What people do."""
    chance = shop.chance
    for _ in range(2_500 * shop.scale):
        shop.visit(chance.choice(shop.shoppers), shop.moment(), chance.randint(1, 12))
    for _ in range(1_800 * shop.scale):
        shop.order(chance.choice(shop.shoppers), chance.randint(1, 7))
    for shopper in shop.shoppers[: 30 * shop.scale]:  # who clicks quickly through a list, as hands do
        at = shop.moment()
        for item in shop.items(40):
            at += int(chance.uniform(1.3, 2.5) * SECOND)
            shop.sown.add({"kind": "view", "user": shopper, "item": item, "at": at})


def rare_sales(shop: Shop) -> None:
    """Sales that are rare but genuine."""
    chance = shop.chance
    for _ in range(300 * shop.scale):
        row = {"kind": "purchase", "user": chance.choice(shop.shoppers), "item": "fuel", "at": shop.moment()}
        quantity = float(min(89_638, round(chance.lognormvariate(9.6, 0.7))))
        shop.sown.add({**row, "quantity": quantity, "price": round(chance.uniform(0.0019, 0.0032), 5)}, rare=True)
    for _ in range(300 * shop.scale):
        row = {"kind": "purchase", "user": chance.choice(shop.shoppers), "item": "cheese", "at": shop.moment()}
        shop.sown.add({**row, "quantity": 1.0, "price": round(chance.lognormvariate(2, 0.9), 2)}, rare=True)
    for _ in range(200 * shop.scale):
        row = {"kind": "purchase", "user": chance.choice(shop.shoppers), "item": "cups", "at": shop.moment()}
        quantity = float(chance.choices([1, 2, 5, 100, 500], [30, 30, 20, 12, 8])[0])
        shop.sown.add({**row, "quantity": quantity, "price": 0.1}, rare=quantity >= 100)
    for wholesaler in ("wholesaler-1", "wholesaler-2"):
        for _ in range(10):
            shop.order(wholesaler, chance.randint(3, 9), quantity=lambda: float(chance.randint(100, 600)), rare=True)
    for _ in range(40 * shop.scale):  # a clearance: 60 % off everything
        off = chance.choice([0.4, 0.5, 0.35])
        shop.order(
            chance.choice(shop.shoppers),
            chance.randint(2, 6),
            price=lambda i, o=off: round(shop.prices[i] * o, 2),
            rare=True,
        )


def faulty_clicks(shop: Shop) -> None:
    """Hands that click twice, and robots: four race through the shop, four go on for hours."""
    chance, sown = shop.chance, shop.sown
    clicks = [n for n, row in enumerate(sown.rows) if row["kind"] != "purchase"]
    for n in chance.sample(clicks, 400 * shop.scale):
        again = {**sown.rows[n], "at": sown.rows[n]["at"] + int(chance.uniform(0.04, 1.2) * SECOND)}
        sown.add(again, "double_click")
    for bot in range(8 * shop.scale):
        at, fast = shop.moment(), bot % 8 < 4
        for n in range(chance.randint(400, 900) if fast else 4_000):
            at += int((chance.uniform(0.2, 0.6) if fast else chance.uniform(2.1, 3.2)) * SECOND)
            row = {"kind": "view", "session": f"bot-{bot}", "item": list(shop.prices)[n % len(shop.prices)], "at": at}
            sown.add(row, "robot")


def slips(shop: Shop) -> None:
    """Prices and quantities of single lines, wrongly typed."""
    chance, sown = shop.chance, shop.sown
    sales = Counter(row.get("item") for row in sown.rows if row["kind"] == "purchase")
    lines = [
        n
        for n, row in enumerate(sown.rows)
        # Of an item that was sold a few times nothing is usual, and nothing out of it.
        if row["kind"] == "purchase" and row["item"] in shop.prices and sales[row["item"]] >= 10 and not sown.rare[n]
    ]
    chosen = chance.sample(lines, 520)
    for n in chosen[:120]:
        factor = chance.choice([0.001, 0.01, 0.1, 10, 100, 1_000])
        sown.rows[n] = {**sown.rows[n], "price": max(0.02, round(shop.prices[sown.rows[n]["item"]] * factor, 2))}
        sown.faults[n].add("price_outlier")
    rarely = {sown.rows[n]["item"]: n for n in chosen[120:]}  # one of an item, one of a shopper
    for n in {sown.rows[n]["user"]: n for n in rarely.values()}.values():
        quantity = float(round(chance.lognormvariate(6, 0.8)) + 150)
        sown.rows[n] = {**sown.rows[n], "quantity": quantity}
        sown.faults[n].add("quantity_outlier")


def faulty_orders(shop: Shop) -> None:
    """Orders whose prices are of another kind, orders that are tests, orders of people under another id."""
    chance = shop.chance
    for _ in range(60 * shop.scale):  # paid in another currency, told as this one
        factor = chance.choice([7.13, 1 / 7.13, 83.4, 157.2, 0.0917])
        told = ("currency_mixup", "price_outlier")
        shop.order(
            chance.choice(shop.shoppers),
            chance.randint(2, 7),
            *told,
            price=lambda i, f=factor: round(shop.prices[i] * f, 2),
        )
    for _ in range(60 * shop.scale):  # with the tax, where prices are told without, or the other way round
        factor = chance.choice([1.19, 1.2, 1.07, 1.21, 1.1, 1 / 1.19, 1 / 1.21])
        shop.order(
            chance.choice(shop.shoppers),
            chance.randint(3, 7),
            "tax_mixup",
            price=lambda i, f=factor: round(shop.prices[i] * f, 2),
        )
    for n in range(40 * shop.scale):
        name = chance.choice(["test", "TEST-17", "qa_user", "tester@shop.example", "dummy customer 3"])
        shop.order(name, chance.randint(1, 4), "test_order")
        shop.order(chance.choice(shop.shoppers), 1, "test_order", name=f"TEST-{n:04d}")
        shop.order(chance.choice(shop.shoppers), 1, "test_order", "price_outlier", price=lambda _: 0.01)
    for shopper in shop.shoppers[
        50 * shop.scale : 80 * shop.scale
    ]:  # the same people, as another till or a spreadsheet writes them
        other = chance.choice([shopper.upper(), f"{shopper} ", shopper.title(), f"{shopper}.0"])
        for _ in range(3):
            shop.order(other, chance.randint(1, 3), "user_spelling", at=shop.moment(DAYS, 20))


def torn(shop: Shop) -> None:
    """Lines that are broken each by itself: twice in the file, without a number, or with one that cannot be."""
    chance, sown = shop.chance, shop.sown
    sales = [n for n, row in enumerate(sown.rows) if row["kind"] == "purchase" and not sown.faults[n]]
    broken = {
        "price_missing": {"price": None},
        "quantity_missing": {"quantity": None},
        "quantity_impossible": {"quantity": -1.0},
        "kind_spelling": {"kind": "Purchase"},
    }
    chosen = chance.sample([n for n in sales if not sown.rare[n]], 500 * shop.scale)
    for n, name in zip(chosen, [*broken, DUPLICATE] * (100 * shop.scale), strict=True):
        if name == DUPLICATE:
            sown.add(dict(sown.rows[n]), DUPLICATE)
        else:
            sown.rows[n] = {**sown.rows[n], **broken[name]}
            sown.faults[n].add(name)


def sow(seed: int = 0, scale: int = 1, *, broken: bool = False) -> Sown:
    """A shop's log with its faults, in order of time; `scale` times as large, and with `broken` lines too."""
    shop = Shop(seed, scale)
    parts = [people, rare_sales, faulty_clicks, slips, faulty_orders, *([torn] if broken else [])]
    for part in parts:
        part(shop)
    return shop.sown.sorted()
