"""What the log of a shop holds, in figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.domain.event import KIND_CODE, KINDS
from lingxi.domain.history import Interactions
from lingxi.ports.catalog import Catalog
from lingxi.ports.log import Log
from lingxi.ports.quarantine import Held, Quarantine
from lingxi.ports.survey import Surveyed
from lingxi.workflows.imports import ImportReceipt, imported

EXAMPLES: Final = 3
EXAMPLE_CHARACTERS: Final = 400


class Ledger(Log, Catalog, Surveyed, Protocol):
    """A log that keeps the catalog and can be surveyed."""


class Rate(Struct, frozen=True, kw_only=True):
    """How often a rule applied: events, their share of all that were sent as events, and a few examples as JSON.

    `effect` is what it does: stored (repaired or marked) or held.
    """

    rule: str
    effect: str
    events: int
    share: float
    examples: list[str]


class Report(Struct, frozen=True, kw_only=True):
    """What a log holds.

    `first` and `last` are the times of its events in µs UTC (None: there are none). `items_posted` have a record,
    `items_stub` are only named by events. `pairs` counts distinct (shopper, item); `sparsity` is the share of all pairs
    of a shopper and an item acted on that never met. `median_events` and `p95_events` are per shopper.
    """

    seq: int
    types: dict[str, int]
    kinds: dict[str, int]
    first: int | None
    last: int | None
    days: float
    shoppers: int
    shoppers_active: int
    items_posted: int
    items_stub: int
    items_active: int
    items_bought: int
    pairs: int
    sparsity: float
    median_events: float
    p95_events: float
    orders: int
    order_lines: int
    lines_per_order: float
    rules: list[Rate]
    quarantine: dict[str, int]
    imported: ImportReceipt | None


def inspect(log: Ledger, quarantine: Quarantine, folder: Path) -> Report:
    """Looks over a whole log; `folder` is the shop's, where an import keeps its receipt."""
    seq = log.head()
    survey = log.survey()
    events = log.interactions(seq)
    items, pairs = log.item_ids(), _pairs(events)
    posted = sum(1 for _ in log.all_items())
    per_shopper = np.bincount(events.shopper[events.shopper >= 0]) if len(events) else np.zeros(0, np.int64)
    per_shopper = per_shopper[per_shopper > 0]
    active, acted_on = len(per_shopper), len(np.unique(events.item[events.item >= 0]))
    first, last = (int(events.at[0]), int(events.at[-1])) if len(events) else (None, None)
    return Report(
        seq=seq,
        types=survey.types,
        kinds=_kinds(events),
        first=first,
        last=last,
        days=0.0 if first is None or last is None else round((last - first) / 86_400e6, 2),
        shoppers=len(log.shopper_ids()),
        shoppers_active=active,
        items_posted=posted,
        items_stub=len(items) - posted,
        items_active=acted_on,
        items_bought=len(np.unique(events.item[(events.kind == KIND_CODE["purchase"]) & (events.item >= 0)])),
        pairs=pairs,
        sparsity=1.0 - pairs / (active * acted_on) if active and acted_on else 1.0,
        median_events=float(np.median(per_shopper)) if active else 0.0,
        p95_events=float(np.percentile(per_shopper, 95)) if active else 0.0,
        orders=survey.orders,
        order_lines=survey.order_lines,
        lines_per_order=round(survey.order_lines / survey.orders, 2) if survey.orders else 0.0,
        rules=_rates(log, quarantine, survey.rules, len(events)),
        quarantine=quarantine.counts(),
        imported=imported(folder),
    )


def _kinds(events: Interactions) -> dict[str, int]:
    """Events by kind, the most frequent first."""
    counts = np.bincount(events.kind.astype(np.int64), minlength=len(KINDS))
    return {KINDS[kind]: int(counts[kind]) for kind in np.argsort(-counts, kind="stable") if counts[kind]}


def _pairs(events: Interactions) -> int:
    """How many distinct pairs of a shopper and an item the events hold."""
    both: npt.NDArray[np.bool_] = (events.shopper >= 0) & (events.item >= 0)
    pair = events.shopper[both].astype(np.int64) << 32 | events.item[both].astype(np.int64)
    return len(np.unique(pair))


def _rates(log: Surveyed, quarantine: Quarantine, stored: dict[str, int], events: int) -> list[Rate]:
    """The rate of each rule, the most frequent first."""
    held = quarantine.counts()
    sent = max(1, events + sum(held.values()))
    rates = [
        Rate(rule=name, effect="stored", events=count, share=count / sent, examples=_stored(log, name))
        for name, count in stored.items()
    ]
    for name, count in held.items():
        examples = [_short(each) for each in quarantine.newest(EXAMPLES, name)]
        rates.append(Rate(rule=name, effect="held", events=count, share=count / sent, examples=examples))
    return sorted(rates, key=lambda rate: (-rate.events, rate.rule))


def _stored(log: Surveyed, rule: str) -> list[str]:
    """A few events that a rule marked or repaired: as sent where that is kept."""
    changes = log.examples(rule, EXAMPLES)
    return [(each.original or msgspec.json.encode(each.entry).decode())[:EXAMPLE_CHARACTERS] for each in changes]


def _short(held: Held) -> str:
    """What is held, and why, in one line."""
    return f"{held.body[:EXAMPLE_CHARACTERS]} ({held.reason})"
