"""A small made-up shop for the browser: forty products, two households with a year of habits."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

DAY = 86_400_000_000
"""µs."""

SHELVES = {
    "Grocery > Milk & cream": ("食品杂货 > 牛奶与奶油", ["Whole milk", "Skimmed milk", "Single cream", "Buttermilk"]),
    "Grocery > Breakfast cereal": ("食品杂货 > 即食麦片", ["Corn flakes", "Granola", "Muesli", "Wheat squares"]),
    "Grocery > Bread, buns & rolls": ("食品杂货 > 面包与餐包", ["White bread", "Rye bread", "Seeded rolls", "Bagels"]),
    "Grocery > Cheese": ("食品杂货 > 奶酪", ["Cheddar", "Gouda", "Brie", "Feta"]),
    "Grocery > Pasta & noodles": ("食品杂货 > 意面与面条", ["Spaghetti", "Penne", "Egg noodles", "Lasagne sheets"]),
    "Grocery > Pasta sauce": ("食品杂货 > 意面酱", ["Tomato sauce", "Pesto", "Arrabbiata", "Carbonara sauce"]),
    "Fresh produce > Apples": ("新鲜果蔬 > 苹果", ["Gala apples", "Green apples", "Pink apples", "Cooking apples"]),
    "Fresh produce > Tomatoes": (
        "新鲜果蔬 > 番茄",
        ["Vine tomatoes", "Cherry tomatoes", "Plum tomatoes", "Beef tomatoes"],
    ),
    "Health & household > Soap & body wash": (
        "健康与家居 > 香皂与沐浴露",
        ["Hand soap", "Body wash", "Bar soap", "Bath foam"],
    ),
    "Grocery > Dog food": ("食品杂货 > 狗粮", ["Dry dog food", "Wet dog food", "Dog biscuits", "Puppy food"]),
}
PASTA = ("item-16", "item-20", "item-13")
BREAKFAST = ("item-0", "item-4", "item-8")


def items() -> list[dict[str, Any]]:
    """The products, `item-0` and up in the order of the shelves."""
    made: list[dict[str, Any]] = []
    for category, (category_zh, titles) in SHELVES.items():
        for title in titles:
            number = len(made)
            made.append(
                {
                    "id": f"item-{number}",
                    "title": f"{title}, {number + 1} oz",
                    "title_zh": f"商品{number}，{number + 1} 盎司",
                    "category": category,
                    "price": 1 + number / 4,
                    "attributes": {"category_zh": category_zh, "size": f"{number + 1} oz"},
                }
            )
    return made


def users() -> list[dict[str, Any]]:
    """Two households."""
    return [{"id": each, "traits": {"household_size": {"value": "2"}}} for each in ("anna", "bo")]


def purchases(now: int) -> list[dict[str, Any]]:
    """Anna cooks pasta every week, Bo has breakfast; twenty others buy something of both. `now` is in µs UTC."""
    made: list[dict[str, Any]] = []

    def basket(user: str, days: int, bought: tuple[str, ...]) -> None:
        order = f"{user}-{days}"
        for item in bought:
            at = now - days * DAY
            made.append(
                {"kind": "purchase", "user": user, "item": item, "order": order, "at": at, "quantity": 1, "price": 2.0}
            )

    for week in range(1, 9):
        basket("anna", 7 * week, PASTA)
        basket("bo", 7 * week, BREAKFAST)
    for other in range(20):
        basket(f"other-{other}", 3 + other, PASTA if other % 2 else BREAKFAST)
        basket(f"other-{other}", 1 + other % 9, (f"item-{other}", f"item-{other + 20}"))
    return made


def fill(port: int) -> None:
    """Sends the whole shop to the server on `port` of this machine, through its public API."""
    now = time.time_ns() // 1_000
    for path, records in (("/v1/items", items()), ("/v1/users", users()), ("/v1/events", purchases(now))):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", path, json.dumps(records), {"content-type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, body
        (receipts,) = json.loads(body).values()
        assert {each["status"] for each in receipts} == {"accepted"}, body
