"""What the log of a shop holds, in figures, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct

from lingxi.domain.change import ERASED_PREFIX
from lingxi.domain.errors import Invalid
from lingxi.domain.event import KINDS
from lingxi.insight.look import Comparison, Side, advice, compare, look
from lingxi.insight.period import pair_of, period_of, zone
from lingxi.insight.picture import PURCHASE, About, Picture, Rate, items_of, picture_of
from lingxi.insight.said import day_of
from lingxi.insight.subject import Advice
from lingxi.insight.weeks import span
from lingxi.ports.catalog import Catalog
from lingxi.ports.log import Log
from lingxi.ports.quarantine import Held, Quarantine
from lingxi.ports.survey import Surveyed
from lingxi.workflows.imports import ImportReceipt, imported
from lingxi.workflows.suggest import Suggestions, suggest

EXAMPLES: Final = 3
EXAMPLE_CHARACTERS: Final = 400
DAY: Final = 86_400e6


class Ledger(Log, Catalog, Surveyed, Protocol):
    """A log that keeps the catalog and can be surveyed."""


class Report(Struct, frozen=True, kw_only=True):
    """What a log holds.

    `first` and `last` are the times of its events in µs UTC (None: there are none). `items_posted` have a record,
    `items_stub` are only named by events. `pairs` counts distinct (shopper, item); `sparsity` is the share of all pairs
    of a shopper and an item acted on that never met. `orders` are those that purchases name. `median_events` and
    `p95_events` are per shopper. `subjects` holds every figure of `insight/subjects`, `advice` what follows from them,
    `against` how two parts of the log differ, `suggestions` what may be one and is kept as two in the whole of it.
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
    timezone: str
    currency: str
    period: str | None = None
    subjects: list[Side] = []
    advice: list[Advice] = []
    against: Comparison | None = None
    suggestions: Suggestions = Suggestions()


def inspect(
    log: Ledger,
    quarantine: Quarantine,
    folder: Path,
    about: About | None = None,
    *,
    period: str | None = None,
    against: str | None = None,
    other: Picture | None = None,
) -> Report:
    """Looks over a log, all of it or a `period`; `folder` is the shop's, where an import keeps its receipt.

    `against` is a part of the log that the period (or what came after that part) is compared with; `other` is the
    picture of another shop that it is compared with instead.

    Raises:
        Invalid: a period cannot be read, or no event lies in it.
    """
    seq = log.head()
    whole = picture(log, quarantine, about or About(), seq)
    picked = whole
    if period and not (against and other is None):
        picked = _part(whole, period_of(period, whole, "--period").events(), period)
    comparison = None
    if other is not None:
        comparison = compare(other, picked, (against or "", period or f"seq:1..{seq}"))
    elif against:
        before, now = pair_of(whole, period, against)
        _apart(whole, before.events() & now.events())
        sides = (_part(whole, before.events(), before.name), _part(whole, now.events(), now.name))
        comparison = compare(*sides, (before.name, now.name))
        picked = sides[1] if period else whole
    sides_seen = look(picked)
    return Report(
        **_counts(log, picked, whole, seq),
        quarantine=quarantine.counts(),
        imported=imported(folder),
        timezone=whole.about.timezone,
        currency=whole.about.currency,
        period=period,
        subjects=sides_seen,
        advice=advice(sides_seen),
        against=comparison,
        suggestions=suggest(log, seq),
    )


def picture(log: Ledger, quarantine: Quarantine, about: About, seq: int) -> Picture:
    """The picture of a whole log up to `seq`, with what the cleaning rules did."""
    zone(about.timezone)
    seen = picture_of(log.frames(seq), items_of(log.item_ids(), log.all_items()), about)
    held = quarantine.counts()
    rules = _rates(log, quarantine, seen.events, held)
    told = msgspec.structs.replace(about, rules=rules, held=sum(held.values()), leave_out=log.leave_out)
    return Picture(events=seen.events, purchases=seen.purchases, items=seen.items, about=told)


def _part(whole: Picture, keep: pl.Expr, name: str) -> Picture:
    """The picture of a part of the log."""
    part = whole.where(keep)
    if not len(part.events):
        first, last = (day_of(day) for day in span(whole.events))
        what = f"no event lies in '{name[:80]}'"
        raise Invalid(what, where="--period, --against", remedy=f"the log goes from {first} to {last}")
    return part


def _apart(whole: Picture, both: pl.Expr) -> None:
    """Raises Invalid if an event lies in both of two periods."""
    if len(whole.events.filter(both)):
        what, remedy = "the two periods share events", "choose two that do not overlap"
        raise Invalid(what, where="--period, --against", remedy=remedy)


def _counts(log: Ledger, seen: Picture, whole: Picture, seq: int) -> dict[str, Any]:
    """The plain counts of a report."""
    events = seen.events
    items = seen.items
    posted = int(items["posted"].sum())
    per_shopper = events.filter(pl.col("shopper") >= 0).group_by("shopper").len()["len"].to_numpy()
    acted_on, active = events.filter(pl.col("item") >= 0)["item"].n_unique(), len(per_shopper)
    both = (pl.col("shopper") >= 0) & (pl.col("item") >= 0)
    pair = pl.col("shopper").cast(pl.Int64) * (1 << 32) + pl.col("item")
    pairs = int(events.select(pair.filter(both).n_unique()).item())
    first, last = (int(events["at"][0]), int(events["at"][-1])) if len(events) else (None, None)
    named = seen.purchases["order"].drop_nulls()
    orders, lines = named.n_unique(), len(named)
    bought = events.filter((pl.col("kind") == PURCHASE) & (pl.col("item") >= 0))["item"].n_unique()
    return {
        "seq": seq,
        "types": log.survey().types,
        "kinds": _kinds(events),
        "first": first,
        "last": last,
        "days": 0.0 if first is None or last is None else round((last - first) / DAY, 2),
        "shoppers": sum(not each.startswith(ERASED_PREFIX) for each in log.shopper_ids()),
        "shoppers_active": active,
        "items_posted": posted,
        "items_stub": len(items) - posted,
        "items_active": acted_on,
        "items_bought": bought,
        "pairs": pairs,
        "sparsity": 1.0 - pairs / (active * acted_on) if active and acted_on else 1.0,
        "median_events": float(np.median(per_shopper)) if active else 0.0,
        "p95_events": float(np.percentile(per_shopper, 95)) if active else 0.0,
        "orders": orders,
        "order_lines": lines,
        "lines_per_order": round(lines / orders, 2) if orders else 0.0,
        "rules": whole.about.rules,
    }


def _kinds(events: pl.DataFrame) -> dict[str, int]:
    """Events by kind, the most frequent first."""
    counts = events.group_by("kind").len().sort("len", "kind", descending=[True, False])
    return {KINDS[kind]: number for kind, number in counts.iter_rows()}


def _rates(log: Surveyed, quarantine: Quarantine, events: pl.DataFrame, held: dict[str, int]) -> list[Rate]:
    """The rate of each rule, the most frequent first."""
    sent = max(1, len(events) + sum(held.values()))
    rates = [
        Rate(rule=name, effect=effect, events=count, share=count / sent, examples=_stored(log, seqs))
        for effect, column in (("marked", "marks"), ("repaired", "repairs"))
        for name, count, seqs in _applied(events, column)
    ]
    for name, count in held.items():
        examples = [_short(each) for each in quarantine.newest(EXAMPLES, name)]
        rates.append(Rate(rule=name, effect="held", events=count, share=count / sent, examples=examples))
    return sorted(rates, key=lambda rate: (-rate.events, rate.rule))


def _applied(events: pl.DataFrame, column: str) -> Iterator[tuple[str, int, list[int]]]:
    """Each rule named in a column, how many events it touched, and the `seq` of the first few."""
    touched = events.filter(pl.col(column).is_not_null()).select("seq", pl.col(column).cast(pl.String).str.split(","))
    rules = touched.explode(column).group_by(column).agg(pl.len(), pl.col("seq").bottom_k(EXAMPLES))
    yield from rules.iter_rows()


def _stored(log: Surveyed, seqs: list[int]) -> list[str]:
    """A few events that a rule marked or repaired: as sent where that is kept."""
    changes = log.taken(seqs)
    return [(each.original or msgspec.json.encode(each.entry).decode())[:EXAMPLE_CHARACTERS] for each in changes]


def _short(held: Held) -> str:
    """What is held, and why, in one line."""
    return f"{held.body[:EXAMPLE_CHARACTERS]} ({held.reason})"
