"""A shop that is opened remembers what its newest events were."""

from __future__ import annotations

from typing import Final

from lingxi.domain.event import Event
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.rules._rule import FEWEST
from lingxi.ports.log import Log

NEWEST: Final = 20_000
AT_ONCE: Final = 2_000
_FIELDS: Final = ("kind", "user", "session", "item", "order", "price", "quantity", "currency", "at")


def remembered(log: Log, newest: int = NEWEST) -> Surroundings:
    """What the log's newest events teach; and a few of nobody's, so that all code is compiled before the first call."""
    around = Surroundings()
    nothing = {"user": "-", "item": "-", "price": 1.0, "quantity": 1}
    around.facts([{"kind": kind, **nothing} for kind in ("view", *["purchase"] * FEWEST)], 1)
    head = log.head()
    learn(around, log, max(0, head - newest), head)
    return around


def learn(around: Surroundings, log: Log, after: int, until: int) -> None:
    """Lets the events with after < `seq` ≤ until teach, those that others appended."""
    for start in range(after, until, AT_ONCE):
        entries = (change.entry for change in log.changes(start, min(AT_ONCE, until - start)))
        events = [entry for entry in entries if isinstance(entry, Event)]
        around.facts([{name: getattr(event, name) for name in _FIELDS} for event in events], 0)
