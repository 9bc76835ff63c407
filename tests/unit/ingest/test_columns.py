"""A frame of events goes in as the same events one by one would."""

from __future__ import annotations

import numpy as np
import polars as pl

from lingxi.domain.change import Proposal
from lingxi.domain.event import KIND_CODE, Event
from lingxi.ingest import accept
from lingxi.ingest.columns import prepare
from lingxi.ports.log import Outcomes

NOW = 1_800_000_000_000_000
ROWS = [
    {"kind": "purchase", "user": "u", "item": "a", "at": 1_700_000_000_000_000, "quantity": 1.0, "price": 2.0},
    {"kind": "Purchase", "user": "u", "item": "b", "at": 1_700_000_000_000, "quantity": None, "price": 0.0},
    {"kind": "purchase", "user": "u", "item": "c", "at": 1_700_000_000_000_000, "quantity": -1.0, "price": 2.0},
    {"kind": "purchase", "user": "u", "item": "d", "at": 1_700_000_000_000_000, "quantity": 0.0, "total": 3.0},
    {"kind": "view", "session": "s", "item": "e", "at": 1_700_000_000_000_000},
]


def test_many_are_as_one_by_one() -> None:
    batch = prepare(pl.DataFrame(ROWS), NOW)
    sent = [{name: value for name, value in row.items() if value is not None} for row in ROWS]
    parts = accept.prepare(sent, NOW).parts
    proposals = [part for part in parts if isinstance(part, Proposal)]
    held = [part for part in parts if not isinstance(part, Proposal)]
    columns = batch.columns
    assert len(columns) == len(proposals)
    for n, proposal in enumerate(proposals):
        event = proposal.entry
        assert isinstance(event, Event)
        assert (columns.id[n], columns.at[n], columns.item[n]) == (event.id, event.at, event.item)
        assert columns.kind[n] == KIND_CODE[event.kind]
        assert columns.marks[n] == (",".join(proposal.marks) or None)
        assert columns.repairs[n] == (",".join(proposal.repairs) or None)
        assert (columns.original[n] is None) == (proposal.original is None)
        for mine, theirs in ((columns.quantity[n], event.quantity), (columns.price[n], event.price)):
            assert np.isnan(mine) if theirs is None else mine == theirs
    assert [(each.rule, each.reason) for each in batch.held] == [(each.rule, each.reason) for each in held]


def test_the_tally_adds_up() -> None:
    batch = prepare(pl.DataFrame(ROWS), NOW)
    outcomes = Outcomes(code=np.array([0, 0, 0, 1], np.int8), seq=np.arange(1, 5))
    tally = batch.tally(outcomes)
    assert sum(tally.statuses.values()) == len(ROWS)
    assert tally.statuses["quarantined"] == 1
    assert tally.statuses["duplicate"] == 1
