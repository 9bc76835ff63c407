"""A frame of events as sent → columns for the log, and what of it goes to quarantine: how an import goes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from lingxi.domain.change import Tally
from lingxi.domain.event import KIND_CODE, Event
from lingxi.ingest import clean
from lingxi.ingest.accept import hold, text
from lingxi.ingest.identity import content_id
from lingxi.ports.log import Columns, Outcomes
from lingxi.ports.quarantine import Held

CONTENT: Final = ("kind", "user", "session", "item", "at", "order", "quantity", "price", "list_price")


@dataclass(frozen=True, slots=True)
class Batch:
    """A frame made ready: columns for the log, what is held, and how many each rule concerned."""

    columns: Columns
    held: list[Held]
    rules: dict[str, int]

    def tally(self, outcomes: Outcomes) -> Tally:
        """Where each row of the frame ended, given what the log did with the columns; it adds up to the rows."""
        stored = outcomes.code == 0
        repaired = np.array([each is not None for each in self.columns.repairs], bool)
        marked = np.array([each is not None for each in self.columns.marks], bool)
        statuses = {
            "accepted": int((stored & ~repaired & ~marked).sum()),
            "repaired": int((stored & repaired).sum()),
            "marked": int((stored & marked & ~repaired).sum()),
            "duplicate": int((outcomes.code == 1).sum()),
            "conflict": int((outcomes.code == 2).sum()),
            "quarantined": len(self.held),
        }
        return Tally(statuses, dict(self.rules))


def prepare(frame: pl.DataFrame, now: int) -> Batch:
    """Cleans a frame of events (columns as `datasets` give them); each counts as received when it happened.

    Every row needs an `at`, and gets its id from its content. The rules must leave nothing that an Event cannot hold:
    a data set's ids and numbers are of the right types.
    """
    cleaned = clean.many(frame, now).with_row_index("row")
    good = cleaned.filter(pl.col("held").is_null())
    bad = cleaned.filter(pl.col("held").is_not_null())
    return Batch(_columns(good, frame), _held(bad, frame, now), _rules(cleaned))


def _columns(good: pl.DataFrame, sent: pl.DataFrame) -> Columns:
    """The log's columns of the rows that are clean."""
    lists = {name: good[name].to_list() for name in CONTENT}
    events = [Event(**dict(zip(CONTENT, row, strict=True))) for row in zip(*lists.values(), strict=True)]
    at = good["at"].to_numpy()
    nothing: list[None] = [None] * len(good)
    numbers = {name: good[name].fill_null(float("nan")).to_numpy() for name in ("quantity", "price", "list_price")}
    return Columns(
        id=[content_id(event) for event in events],
        at=at,
        received=at,
        user=lists["user"],
        session=lists["session"],
        item=lists["item"],
        kind=np.array([KIND_CODE[kind] for kind in lists["kind"]], np.int8),
        quantity=numbers["quantity"],
        price=numbers["price"],
        list_price=numbers["list_price"],
        order=lists["order"],
        marks=good["marks"].to_list(),
        repairs=good["repairs"].to_list(),
        original=_originals(good, sent),
        rest=[*nothing],
    )


def _originals(good: pl.DataFrame, sent: pl.DataFrame) -> list[str | None]:
    """What was sent, for the rows that a rule repaired."""
    originals: list[str | None] = [None] * len(good)
    repaired = good.with_row_index("place").filter(pl.col("repairs").is_not_null())
    rows = sent[repaired["row"].to_list()].iter_rows(named=True)
    for place, row in zip(repaired["place"].to_list(), rows, strict=True):
        originals[place] = text(_sent(row))
    return originals


def _held(bad: pl.DataFrame, sent: pl.DataFrame, now: int) -> list[Held]:
    """What is held, as it was sent, with its reason."""
    rows: Sequence[dict[str, Any]] = sent[bad["row"].to_list()].to_dicts()
    left = bad.to_dicts()
    return [
        hold(_sent(row), after["held"], clean.reason(_sent(after), after["held"], now), now)
        for row, after in zip(rows, left, strict=True)
    ]


def _sent(row: dict[str, Any]) -> dict[str, Any]:
    """The fields that a row has."""
    return {name: value for name, value in row.items() if value is not None}


def _rules(cleaned: pl.DataFrame) -> dict[str, int]:
    """How many rows each rule concerned."""
    named = [cleaned[column].drop_nulls().str.split(",").explode() for column in ("repairs", "marks", "held")]
    return {row[0]: row[1] for row in pl.concat(named).alias("rule").value_counts(sort=True).iter_rows()}
