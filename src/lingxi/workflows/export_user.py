"""Everything that a shop holds of one person."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct

from lingxi.domain.change import Change
from lingxi.domain.event import KINDS
from lingxi.domain.user import User
from lingxi.ports.quarantine import Held
from lingxi.ports.slates import SlateRow
from lingxi.state.state import State
from lingxi.workflows.forget import Ground

AT_ONCE: Final = 1_000


class Everything(Struct, frozen=True, kw_only=True):
    """What is held of a person, by place. Times are µs UTC.

    `shoppers` are the ids by which they are known (`u:…` users, `s:…` sessions): their own, those that an alias joins
    to them, and the sessions that were only theirs. `records` are the newest of what the shop posted about them,
    `changes` every change of the log about them with its `seq`, `slates` what they were shown, `quarantine` what was
    sent about them and not stored. `state` is what is counted of each: the newest acts, and features by their names.
    """

    asked: str
    shoppers: list[str]
    records: list[User]
    changes: list[Change]
    slates: list[SlateRow]
    quarantine: list[Held]
    state: dict[str, dict[str, Any]]


def everything(ground: Ground, state: State, shopper: str, now: int) -> Everything:
    """Everything about a shopper (`u:…`, `s:…`); what was never seen has nothing in any place."""
    names = sorted({shopper, *ground.log.person(shopper).values()})
    ids = [name[2:] for name in names]
    users = ground.log.users([name[2:] for name in names if name.startswith("u:")])
    return Everything(
        asked=shopper,
        shoppers=names,
        records=list(users.values()),
        changes=sorted({c.seq: c for name in names for c in _changes(ground, name)}.values(), key=lambda c: c.seq),
        slates=list(ground.slates.of(names)),
        quarantine=[held for _, held in ground.quarantine.naming(ids)],
        state={name: _counted(state, name, now) for name in names if name in state.shopper_number},
    )


def _changes(ground: Ground, name: str) -> list[Change]:
    found: list[Change] = []
    after = 0
    while part := list(ground.log.changes(after, AT_ONCE, name)):
        found += part
        after = part[-1].seq
    return found


def _counted(state: State, name: str, now: int) -> dict[str, Any]:
    """What the state holds of a shopper."""
    user, session = (name[2:], None) if name.startswith("u:") else (None, name[2:])
    view = state.shopper(user, session)
    if view is None:
        return {}
    history = view.history()
    ids = state.items.ids
    acts = [
        {"at": int(at), "item": ids[item] if item >= 0 else None, "kind": KINDS[kind]}
        for at, item, kind in zip(history.at, history.item, history.kind, strict=True)
    ]
    own = {
        f"{feature.name}.{read}": _plain(view.feature(f"{feature.name}.{read}", now))
        for feature in state.features.values()
        if feature.scope == "shopper"
        for read in feature.reads
    }
    met = [ids[item] for item in view.pair_items]
    pairs = {
        f"{feature.name}.{read}": dict(zip(met, map(_plain, view.pair(f"{feature.name}.{read}", now)), strict=True))
        for feature in state.features.values()
        if feature.scope == "pair"
        for read in feature.reads
    }
    return {"history": acts, "features": own, "with_items": pairs}


def _plain(value: Any) -> float | None:
    """A number as JSON has it."""
    return float(value) if np.isfinite(value) else None


def as_json(whole: Everything) -> bytes:
    """The whole as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)
