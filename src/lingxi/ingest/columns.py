"""A frame of events as sent → columns for the log, and what of it goes to quarantine: how an import goes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from lingxi.domain.change import Tally
from lingxi.domain.event import KIND_CODE, Event
from lingxi.ingest import clean
from lingxi.ingest.accept import CONFLICT, hold, text
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.identity import content_id
from lingxi.ports.log import Columns, Outcomes
from lingxi.ports.quarantine import Held

CONTENT: Final = ("kind", "user", "session", "item", "at", "order", "quantity", "price", "list_price")
REST: Final = ("value", "currency", "query", "text", "position", "place", "channel", "request", "context")
"""The fields of an event that the log has no columns for; only files have them."""
ASIDE: Final = ("file", "line", "fault", "why", "raw", "repairs", "linked_order", "linked_purchase")
"""What a frame says beside the fields of an event, see `prepare`."""
EXAMPLES: Final = 3
EXAMPLE_CHARACTERS: Final = 300

_encode: Final = msgspec.json.Encoder().encode
Keys = npt.NDArray[np.uint64]
Copies = Callable[[pl.DataFrame], npt.NDArray[np.int64]]
"""Says of clean rows of one file how many equal ones were before each in it; asked for every frame once, in order."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One line that a rule concerned, and what it says."""

    file: str = ""
    line: int = 0
    said: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A frame made ready: columns for the log, what is held, how many each rule concerned, with examples.

    `places` are the `file` and `line` of each of the columns' rows: empty where frames do not say it.
    """

    columns: Columns
    held: list[Held]
    rules: dict[str, int]
    examples: dict[str, list[Example]]
    places: pl.DataFrame

    def tally(self, outcomes: Outcomes) -> Tally:
        """Where each row of the frame ended, given what the log did with the columns; it adds up to the rows."""
        stored = outcomes.code == 0
        repaired = np.array([each is not None for each in self.columns.repairs], bool)
        marked = np.array([each is not None for each in self.columns.marks], bool)
        return Tally(_statuses(stored, repaired, marked, outcomes.code, len(self.held)), dict(self.rules))

    def conflicts(self, outcomes: Outcomes, now: int) -> list[Held]:
        """The rows whose id holds other content, to be held."""
        return [self._conflict(row, int(outcomes.seq[row]), now) for row in np.flatnonzero(outcomes.code == 2).tolist()]

    def _conflict(self, row: int, seq: int, now: int) -> Held:
        c = self.columns
        event = Event(
            kind=_KINDS[int(c.kind[row])],  # type: ignore[arg-type]
            id=c.id[row],
            user=c.user[row],
            session=c.session[row],
            item=c.item[row],
            at=int(c.at[row]),
            order=c.order[row],
            quantity=_known(c.quantity[row]),
            price=_known(c.price[row]),
            list_price=_known(c.list_price[row]),
        )
        place = _place(self.places.row(row, named=True)) if len(self.places) else ""
        reason = f"{place}id: '{c.id[row]}' is stored with other content under seq {seq}"
        return hold(event, CONFLICT, reason, now)


_KINDS: Final = {code: kind for kind, code in KIND_CODE.items()}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _statuses(
    stored: npt.NDArray[np.bool_],
    repaired: npt.NDArray[np.bool_],
    marked: npt.NDArray[np.bool_],
    code: npt.NDArray[np.int8],
    held: int,
) -> dict[str, int]:
    """Each row once: conflict and quarantined first, then marked, then repaired."""
    return {
        "accepted": int((stored & ~repaired & ~marked).sum()),
        "repaired": int((stored & repaired & ~marked).sum()),
        "marked": int((stored & marked).sum()),
        "duplicate": int((code == 1).sum()),
        "conflict": int((code == 2).sum()),
        "quarantined": held,
    }


def judge(frame: pl.DataFrame, now: int, around: Surroundings | None = None) -> pl.DataFrame:
    """The frame after the rules, with `row` (UInt32, its place in the frame), `repairs`, `marks` and `held`.

    A row that was held in reading (`fault`) stays as it is: no rule looks at it.
    """
    numbered = frame.with_row_index("row")
    if "fault" not in frame.columns or frame["fault"].null_count() == len(frame):
        return clean.many(numbered.drop("fault", strict=False), now, around)
    unread = numbered.filter(pl.col("fault").is_not_null())
    cleaned = clean.many(numbered.filter(pl.col("fault").is_null()).drop("fault"), now, around)
    return pl.concat([cleaned, unread.rename({"fault": "held"})], how="diagonal_relaxed").sort("row")


def expected(cleaned: pl.DataFrame) -> Tally:
    """Where each row would end in an empty log: a judged frame's tally, without anything stored."""
    held = cleaned["held"].is_not_null().to_numpy()
    repaired = cleaned["repairs"].is_not_null().to_numpy()[~held]
    marked = cleaned["marks"].is_not_null().to_numpy()[~held]
    code = np.zeros(len(marked), np.int8)
    return Tally(_statuses(code == 0, repaired, marked, code, int(held.sum())), _rules(cleaned))


def keys(cleaned: pl.DataFrame) -> Keys:
    """A number for the content of each row: equal for equal content, in one process."""
    there = [name for name in (*CONTENT, *REST[:-1]) if name in cleaned.columns]
    context = [pl.col("context").struct.json_encode()] if "context" in cleaned.columns else []
    return cleaned.select(*there, *context).hash_rows(seed=1).to_numpy()


def prepare(frame: pl.DataFrame, now: int, copies: Copies | None = None, around: Surroundings | None = None) -> Batch:
    """Cleans a frame of events (columns as `datasets` give them); each counts as received when it happened.

    Every row needs an `at`, and gets its id from its content, unless it has a column `id` that says it. The rules must
    leave nothing that an Event cannot hold: a data set's ids and numbers are of the right types. A frame read from
    files may also have the columns of `REST`, and says of each row its `file` and `line`; `fault`, `why` and `raw` of
    one that cannot be read; and of a refund whose purchase is known the `linked_order` and `linked_purchase`. With
    `copies`, equal lines are events of their own. `around` is what is known from the frames before.
    """
    cleaned = judge(frame, now, around)
    good = cleaned.filter(pl.col("held").is_null())
    bad = cleaned.filter(pl.col("held").is_not_null())
    held = _held(bad, frame, now)
    columns = _columns(good, frame, copies)
    return Batch(columns, held, _rules(cleaned), _examples(good, frame, bad, held), _places(good))


def identities(good: pl.DataFrame, copies: Copies | None = None) -> list[str]:
    """The ids of clean rows, in order."""
    fields = [good[name].to_list() for name in CONTENT]
    if any(name in good.columns for name in REST):
        events = [Event(**dict(zip(CONTENT, row, strict=True)), **more) for row, more in _with_rest(good, fields)]
    else:
        events = [
            Event(
                kind=kind, user=user, session=session, item=item, at=at, order=order, quantity=quantity, price=price,
                list_price=list_price,
            )
            for kind, user, session, item, at, order, quantity, price, list_price in zip(*fields, strict=True)
        ]  # fmt: skip
    numbers = copies(good).tolist() if copies is not None else [0] * len(good)
    made = [content_id(event, copy) for event, copy in zip(events, numbers, strict=True)]
    if "id" not in good.columns:
        return made
    return [own or other for own, other in zip(good["id"].to_list(), made, strict=True)]


def _with_rest(good: pl.DataFrame, fields: list[list[Any]]) -> zip[tuple[tuple[Any, ...], dict[str, Any]]]:
    return zip(zip(*fields, strict=True), _rest(good), strict=True)


def _rest(good: pl.DataFrame) -> list[dict[str, Any]]:
    """The fields of each row that have no column in the log."""
    there = [name for name in REST if name in good.columns]
    if not there:
        return [{} for _ in range(len(good))]
    return [_sent(row) for row in good.select(there).iter_rows(named=True)]


def _columns(good: pl.DataFrame, sent: pl.DataFrame, copies: Copies | None) -> Columns:
    """The log's columns of the rows that are clean."""
    lists = {name: good[name].to_list() for name in ("user", "session", "item", "order")}
    at = good["at"].to_numpy()
    numbers = {name: good[name].fill_null(float("nan")).to_numpy() for name in ("quantity", "price", "list_price")}
    order, rest = _linked(good, lists["order"])
    return Columns(
        id=identities(good, copies),
        at=at,
        received=at,
        user=lists["user"],
        session=lists["session"],
        item=lists["item"],
        kind=good["kind"].replace_strict(KIND_CODE, return_dtype=pl.Int8).to_numpy(),
        quantity=numbers["quantity"],
        price=numbers["price"],
        list_price=numbers["list_price"],
        order=order,
        marks=good["marks"].to_list(),
        repairs=good["repairs"].to_list(),
        original=_originals(good, sent),
        rest=rest,
    )


def _linked(good: pl.DataFrame, order: list[str | None]) -> tuple[list[str | None], list[bytes | None]]:
    """The order of each row and the rest of its fields. A refund has the order of its purchase; its context names the
    purchase and the document that took it back. Neither is part of its id: a file without the purchase says the same.
    """
    there = any(name in good.columns for name in REST)
    linked = "linked_purchase" in good.columns and good["linked_purchase"].null_count() < len(good)
    if not there and not linked:
        return order, [None] * len(good)
    rest = _rest(good)
    if linked:
        pairs = good.select("linked_order", "linked_purchase").iter_rows()
        for row, (bought, purchase) in enumerate(pairs):
            if purchase is None:
                continue
            told = {"purchase": purchase} | ({"document": order[row]} if order[row] else {})
            rest[row] = {**rest[row], "context": {**rest[row].get("context", {}), **told}}
            order[row] = bought
    return order, [_encode(each) if each else None for each in rest]


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
    return [_hold(row, after, now) for row, after in zip(rows, bad.to_dicts(), strict=True)]


def _hold(row: dict[str, Any], after: dict[str, Any], now: int) -> Held:
    body = row.get("raw") or _sent(row)
    why = row.get("why") or clean.reason(_sent(after), after["held"], now)
    return hold(body, after["held"], f"{_place(row)}{why}", now)


def _place(row: Mapping[str, Any]) -> str:
    """Where a row stands, for a reason."""
    return f"{row['file']}, line {row['line']}: " if row.get("line") is not None else ""


def _places(good: pl.DataFrame) -> pl.DataFrame:
    return good.select("file", "line") if "line" in good.columns else pl.DataFrame()


def _sent(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a row has."""
    found = {name: value for name, value in row.items() if value is not None and name not in ASIDE}
    if "context" in found:
        found["context"] = {name: value for name, value in found["context"].items() if value is not None}
        if not found["context"]:
            del found["context"]
    if "position" in found and found["position"] == int(found["position"]):
        found["position"] = int(found["position"])
    return found


def _rules(cleaned: pl.DataFrame) -> dict[str, int]:
    """How many rows each rule concerned."""
    named = [cleaned[column].drop_nulls().str.split(",").explode() for column in ("repairs", "marks", "held")]
    return {row[0]: row[1] for row in pl.concat(named).alias("rule").value_counts(sort=True).iter_rows()}


def _examples(
    good: pl.DataFrame, sent: pl.DataFrame, bad: pl.DataFrame, held: Sequence[Held]
) -> dict[str, list[Example]]:
    """The first rows of each rule; only of frames that say where their rows stand."""
    found: dict[str, list[Example]] = {}
    if "line" not in sent.columns:
        return found
    for (file, line), each in zip(bad.select("file", "line").iter_rows(), held, strict=True):
        if len(found.setdefault(each.rule, [])) < EXAMPLES:
            said = each.reason.partition(": ")[2] or each.reason
            found[each.rule].append(Example(file=file, line=line, said=said[:EXAMPLE_CHARACTERS]))
    for column in ("repairs", "marks"):
        for rules, part in good.filter(pl.col(column).is_not_null()).group_by(column):
            rows = sent[part["row"].head(EXAMPLES).to_list()].to_dicts()
            for rule in str(rules[0]).split(","):
                for row in rows[: EXAMPLES - len(found.setdefault(rule, []))]:
                    said = text(_sent(row))[:EXAMPLE_CHARACTERS]
                    found[rule].append(Example(file=row["file"], line=row["line"], said=said))
    return found
