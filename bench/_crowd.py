"""Who asks and for what: the demo's shoppers or a made-up shop's, by Zipf, with a share of events among the slates."""

from __future__ import annotations

import argparse
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import _many
import numpy as np
from _load import Request, get, post
from _made import acts_of, made
from _shop import Server, households, prepare, products, zipf

POPULAR = 2_000
"""Items that are viewed."""


@dataclass(frozen=True)
class Crowd:
    """The shop of a benchmark and its shoppers; without `items` the demo's."""

    items: int | None
    seed: int = 0

    @property
    def home(self) -> Path:
        """The home of the shop, made once."""
        return prepare() if self.items is None else made(self.items)

    @cached_property
    def shoppers(self) -> list[str]:
        """All of them."""
        return households() if self.items is None else [f"u{k}" for k in range(acts_of(self.items) // 20)]

    @cached_property
    def viewed(self) -> list[str]:
        """What events are about."""
        return products(POPULAR) if self.items is None else [f"i{k}" for k in range(min(POPULAR, self.items))]

    def requests(self, share_of_events: float, n: int = 20) -> Iterator[Request]:
        """An endless mix of requests for slates and of views."""
        rng = np.random.default_rng(self.seed)
        while True:
            shoppers = zipf(self.shoppers, rng, 10_000)
            items = zipf(self.viewed, rng, 10_000)
            for shopper, item, dice in zip(shoppers, items, rng.random(10_000), strict=True):
                if dice < share_of_events:
                    body = json.dumps({"kind": "view", "user": shopper, "item": item}).encode()
                    yield "event", post("/v1/events", body)
                else:
                    yield "slate", get(f"/v1/recommend/home?user={shopper}&n={n}")


def put_rules(server: Server, crowd: Crowd) -> None:
    """Puts merchant rules of most kinds in force, as a shop has them."""
    hero, gone, paid = crowd.viewed[-1], crowd.viewed[1], crowd.viewed[10:20]
    rules = [
        {"id": "gone", "effect": {"kind": "block"}, "items": {"ids": [gone]}},
        {"id": "hero", "effect": {"kind": "pin", "position": 2}, "items": {"ids": [hero]}},
        {"id": "season", "effect": {"kind": "boost", "factor": 1.1}, "items": {"ids": crowd.viewed[100:400]}},
        {"id": "mixed", "effect": {"kind": "quota", "most": 5, "first": 10, "per": "category"}},
        {"id": "paid", "effect": {"kind": "sponsored", "positions": [6]}, "items": {"ids": paid}},
    ]
    body = json.dumps({"rules": rules}).encode()
    head = {"content-type": "application/json"}
    asked = urllib.request.Request(f"http://127.0.0.1:{server}/v1/rules", body, head, method="PUT")
    urllib.request.urlopen(asked).close()  # noqa: S310 (a server that this script started)


def options(description: str, **defaults: float) -> argparse.ArgumentParser:
    """What every serving benchmark can be told."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--items", type=int, default=None, help="a made-up shop of so many items; without, the demo's")
    _many.options(parser)
    parser.add_argument("--events", type=float, default=0.1, help="share of requests that are events")
    parser.add_argument(
        "--rules",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="under five merchant rules; a made-up shop has them unless told, the demo's has not",
    )
    parser.add_argument("--seed", type=int, default=0)
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    return parser


def asked(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What it was told, and what follows where it was not."""
    given = parser.parse_args()
    if given.rules is None:
        given.rules = given.items is not None
    return given
