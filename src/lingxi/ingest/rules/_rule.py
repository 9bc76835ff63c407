"""What a cleaning rule is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import polars as pl

Record = Mapping[str, Any]
"""One event as sent: its fields by name, not yet checked."""

Effect = Literal["repair", "hold", "mark"]
REPAIR: Final = "repair"
HOLD: Final = "hold"
MARK: Final = "mark"

DIGITS: Final = r"^[0-9]{1,19}$"
"""A time given as a plain number in text; nanoseconds have 19 digits."""

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
DAY: Final = 86_400 * SECOND

Facts = dict[str, float]
"""What is known around one event, of FACTS; what is not known is not in it."""
FACTS: Final = (
    *("apart", "minute", "hour", "alike"),
    *("price_usual", "price_spread", "price_known", "shift", "shift_lines", "order_lines"),
    *("quantity_usual", "quantity_spread", "quantity_known", "quantity_like", "own_like"),
)
"""What `ingest.around` knows around an event, for rules that mark; as columns they are Float64, and null where unknown.

`apart`: µs since the same shopper did the same with the same item. `minute`, `hour`: the most acts of the shopper in a
minute and in an hour that the event lies in. `alike`: 1 where another user is written alike. `…_usual`, `…_spread`,
`…_known`: median and median deviation of the logarithms of the item's newest prices or quantities, and how many are
known. `shift`, `shift_lines`, `order_lines`: the logarithm of the factor by which lines of its order lie off what is
usual as it does, how many these are, and how many are known. `quantity_like`: how many of the item's other newest
quantities are as great as this one or nearly; `own_like`: how many of the shopper's greatest other multiples of what is
usual are.
"""
FEWEST: Final = 5
"""Known values below which nothing is usual."""
ROBUST: Final = 1.4826
"""A median deviation times this is the standard deviation of what is normally distributed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule applies: why, and for a repair the fields that it sets (None removes one)."""

    reason: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expressions:
    """The same over columns: `when` is Boolean and never null, `sets` the repaired columns where it is true.

    The few rows that a rule holds get their reason from the function for one record.
    """

    when: pl.Expr
    sets: Mapping[str, pl.Expr] = field(default_factory=dict)


One = Callable[[Record, int], Finding | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A cleaning rule. Its file offers it as `RULE`; the file's name is its name.

    `repair` changes the event and the original is kept, `hold` sends it to quarantine, `mark` only doubts it. Repairs
    run first, by `rank`, each on what the one before left; then the holds, of which the first that applies wins; marks
    come last. `one(record, now)` looks at one record and leaves a field of a wrong type alone, which the schema
    reports. `columns(schema, now)` says the same for a frame with the columns kind, user, session, item (String), at
    (Int64 or String), quantity, price, list_price, total (Float64). A rule that marks may also read FACTS, as fields
    and as columns.

    A rule `of` items only marks; beside the item's fields it reads `category_usual`, the spelling that most items have
    (`around.categories`), where it is another.

    Where `fields` is given, `one` finds nothing in a record that has none of them, and need not be asked.
    """

    effect: Effect
    one: One
    columns: Callable[[Mapping[str, pl.DataType], int], Expressions]
    rank: int = 50
    fields: tuple[str, ...] = ()
    of: Literal["event", "item"] = "event"


def number(value: object) -> bool:
    """Whether a field holds a number of 64 bits (a bool is none)."""
    return type(value) is float or (type(value) is int and -(2**63) <= value < 2**63)


def true(when: pl.Expr) -> pl.Expr:
    """`when`, with null as false."""
    return when.fill_null(value=False)


def micros(schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """The column `at` as Int64; text that is no plain whole number below 2^63 is null."""
    at = pl.col("at")
    if schema["at"] == pl.Int64():
        return at
    return pl.when(at.str.contains(DIGITS)).then(at.cast(pl.Int64, strict=False))
