"""A small shop on disk with views, purchases, marks and something in quarantine, to be looked at."""

from __future__ import annotations

from pathlib import Path

from lingxi.app.desk import Desk
from lingxi.config import Settings
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.ports.quarantine import Held

DAY = 86_400_000_000
HOUR = DAY // 24
FIRST = 19_723 * DAY
ITEMS = [
    Item(id=f"i{n}", title=f"Item {n}", category=f"Aisle {n % 3} > Shelf {n % 6}", price=1.0 + n) for n in range(12)
]


def fill(home: Path, shop: str = "default", days: int = 70, hour: int = 10, price: float = 2.0) -> None:
    """A shop in which ten shoppers look at two things every third day, and buy one of them."""
    with Desk(home, Settings(), shop) as desk:
        log = desk.parts.log
        events = []
        for day in range(days):
            for who in range(day % 3, 10, 3):
                at = FIRST + day * DAY + hour * HOUR + who * 60_000_000
                seen, bought = (who + day) % 12, who % 12
                for step, (kind, item) in enumerate((("view", seen), ("view", bought), ("purchase", bought))):
                    events.append(
                        Event(
                            kind=kind,
                            id=f"{day}-{who}-{step}",
                            user=f"u{who}",
                            item=f"i{item}",
                            at=at + step * 1_000_000,
                            order=f"o{day}-{who}" if kind == "purchase" else None,
                            price=price if kind == "purchase" else None,
                            quantity=1.0 if kind == "purchase" else None,
                            query="tea & <b>jam</b>" if step == 0 else None,
                        )
                    )
        marked = [
            Proposal(each, each.at or 0, marks=("price_zero",) if n % 50 == 2 else ()) for n, each in enumerate(events)
        ]
        log.append([*(Proposal(item, FIRST) for item in ITEMS), *marked])
        desk.parts.quarantine.hold(
            [
                Held(
                    received=FIRST,
                    rule="kind_unknown",
                    reason="no such kind",
                    body='{"kind": "<script>alert(1)</script>"}',
                )
            ]
        )
