"""Clean events as arrays of numbers: what the surroundings look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from lingxi.domain.event import KIND_CODE
from lingxi.ingest.around._rows import Doubles, Longs
from lingxi.ingest.rules._rule import number

_NAN: Final = float("nan")
_TEXTS: Final = (str, type(None))
_DIGITS: Final = 2**63


class Acts(NamedTuple):
    """Events in the order in which they came, arrays of one length: keys of who did it, of the item, of the order and
    of the item in its currency (0: none), KIND_CODE, µs UTC, price and quantity (NaN: none).

    Keys are hashes, and of one kind in one `Surroundings`: either all of `acts_of` or all of `acts_in`.
    """

    who: Longs
    item: Longs
    order: Longs
    money: Longs
    kind: Longs
    at: Longs
    price: Doubles
    quantity: Doubles


def acts_of(records: Sequence[Mapping[str, Any]], now: int) -> Acts:
    """Records that no rule holds, but that may still be of a wrong shape; one without a time happens `now`."""
    longs: list[tuple[int, ...]] = []
    doubles: list[tuple[float, float]] = []
    for record in records:
        get = record.get
        kind, item, at, order = get("kind"), get("item"), get("at"), get("order")
        user, session = get("user"), get("session")
        who = ("u", user) if user is not None else ("s", session)
        if type(who[1]) is not str or type(item) not in _TEXTS or type(order) not in _TEXTS:
            longs.append((0, 0, 0, 0, -1, 0))
            doubles.append((_NAN, _NAN))
            continue
        money = (item, currency) if item and type(currency := get("currency")) is str else item
        at = at if type(at) is int and 0 <= at < _DIGITS else now
        keys = (hash(who), hash(item) if item else 0, hash(order) if order else 0, hash(money) if item else 0)
        longs.append((*keys, KIND_CODE.get(kind, -1) if type(kind) is str else -1, at))
        doubles.append((_value(get("price")), _value(get("quantity"))))
    turned = np.ascontiguousarray(np.array(longs, np.int64).reshape(-1, 6).T)
    values = np.ascontiguousarray(np.array(doubles, np.float64).reshape(-1, 2).T)
    return Acts(*turned, *values)


def _value(value: object) -> float:
    return float(value) if number(value) else _NAN  # type: ignore[arg-type]


def acts_in(frame: pl.DataFrame) -> Acts:
    """The rows of a frame as `clean.many` has it, `at` as Int64."""
    who = pl.when(pl.col("user").is_not_null()).then(pl.col("user").hash(1)).otherwise(pl.col("session").hash(2))
    money = pl.col("item").hash(3)
    if "currency" in frame.columns:
        money = pl.when(pl.col("currency").is_not_null()).then(money ^ pl.col("currency").hash(5)).otherwise(money)
    keys = {
        "who": who,
        "item": pl.when(pl.col("item").is_not_null()).then(pl.col("item").hash(3)),
        "order": pl.when(pl.col("order").is_not_null()).then(pl.col("order").hash(4)),
        "money": pl.when(pl.col("item").is_not_null()).then(money),
    }
    kind = pl.col("kind").replace_strict(KIND_CODE, default=-1, return_dtype=pl.Int64)
    seen = frame.select(
        *(key.fill_null(0).reinterpret(signed=True).alias(name) for name, key in keys.items()),
        kind.alias("kind"),
        pl.col("at").fill_null(0),
        *(pl.col(name).fill_null(_NAN) for name in ("price", "quantity")),
    )
    return Acts(*(np.ascontiguousarray(seen[name].to_numpy()) for name in seen.columns))
