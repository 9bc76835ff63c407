"""The state as arrays and back, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi.domain.change import ERASED_PREFIX, Release, tie_of
from lingxi.domain.errors import Incompatible
from lingxi.domain.merchandising import NO_RULES, RuleSet
from lingxi.state._blocks import Blocks
from lingxi.state._names import Names
from lingxi.state._table import Made, Table
from lingxi.state.state import State


class Saved(Mapping[str, npt.NDArray[Any]]):
    """Arrays by name, each made when it is asked for: who writes them one by one holds no more than one. What is
    `lasting` may be made whatever becomes of the state meanwhile; for the rest there is `taken`."""

    def __init__(self, made: Mapping[str, Made], lasting: Mapping[str, Made]) -> None:
        self._made, self._lasting = made, lasting

    def taken(self) -> Saved:
        """The same arrays, from now on whatever becomes of the state."""
        arrays = {name: make() for name, make in self._made.items()}
        return Saved({name: lambda array=array: array for name, array in arrays.items()}, self._lasting)  # type: ignore[misc]

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        made = self._made.get(name) or self._lasting[name]
        return made()

    def __iter__(self) -> Iterator[str]:
        return chain(self._made, self._lasting)

    def __len__(self) -> int:
        return len(self._made) + len(self._lasting)


FORMAT: Final = 5
STEPS: Final = 77_773.391_927
"""Steps of a digest from 0.5 to 1: so uneven that sums of tenths never lie on the edge of two."""
PASSING: Final = ("seq", "kept", "whole")
"""Columns of shoppers that say how the state came about, not what it knows."""


def arrays_of(state: State) -> tuple[Saved, dict[str, Any]]:
    """The state as arrays by name, made as long as it does not change; and what is JSON about it."""
    records, ids = cache(state.items.records.saved()), cache(state.items.ids.saved())
    lasting: dict[str, Made] = {
        "items.records": lambda: records()[0],
        "items.records_size": lambda: records()[1],
        "items.ids": lambda: ids()[0],
        "items.ids_size": lambda: ids()[1],
    }
    made = state.items.table.save("items.") | state.shoppers.save("shoppers.")
    made |= state.queries.save() | state.traits.save()
    made |= {f"totals.{name}": totals.copy for name, totals in state.totals.items()}
    made |= state.pairs.blocks.save("pairs.", ~state.shoppers.arrays["whole"])
    for name, blocks in _blocks(state).items():
        made |= blocks.save(f"{name}.")
    about = {
        "format": FORMAT,
        "features": _schema(state),
        "left_out": list(state.leave_out),
        "cursor": state.cursor,
        "release": None if state.release is None else msgspec.to_builtins(state.release),
        "rules": [state.rules_seq, msgspec.to_builtins(state.rules)],
        "shopper_ids": list(state.shopper_ids),
        "categories": list(state.items.categories),
        "brands": list(state.items.brand_number),
        "sellers": list(state.items.seller_number),
    }
    return Saved(made, lasting), about


def state_of(
    arrays: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any], leave_out: tuple[str, ...] = ()
) -> State:
    """The state that `arrays_of` saved.

    Raises:
        Incompatible: it was saved by another version, with other features, or with other marks left out; the log has it
            all, fold it anew.
    """
    state = State.empty(leave_out)
    if about.get("left_out", []) != list(leave_out):
        raise Incompatible("the checkpoint leaves out other marks", where="checkpoint", remedy="fold the log anew")
    if about.get("format") != FORMAT or about.get("features") != _schema(state):
        raise Incompatible("the checkpoint is of another version", where="checkpoint", remedy="fold the log anew")
    state.items.ids = Names.load(arrays["items.ids"], arrays["items.ids_size"])
    state.items.categories = list(about["categories"])
    state.items.category_number = {each: no for no, each in enumerate(state.items.categories)}
    state.items.brand_number = {each: no for no, each in enumerate(about["brands"])}
    state.items.seller_number = {each: no for no, each in enumerate(about["sellers"])}
    state.items.records.load(arrays["items.records"], arrays["items.records_size"])
    state.items.table.load("items.", arrays)
    state.queries.load(arrays)
    state.traits.load(arrays)
    state.shopper_ids = list(about["shopper_ids"])
    state.shoppers.load("shoppers.", arrays)
    for name, totals in state.totals.items():
        totals[:] = arrays[f"totals.{name}"]
    state.pairs.blocks.load("pairs.", arrays)
    state.shoppers.arrays["kept"][:] = ~state.shoppers.arrays["whole"]
    for name, blocks in _blocks(state).items():
        blocks.load(f"{name}.", arrays)
    state.release = None if about["release"] is None else msgspec.convert(about["release"], Release)
    seq, rules = about.get("rules", (0, NO_RULES))
    state.rules, state.rules_seq = msgspec.convert(rules, RuleSet), int(seq)
    state.cursor = int(about["cursor"])
    return state


def _schema(state: State) -> dict[str, list[str]]:
    """What each feature keeps, by its name: a checkpoint of other features, or of other columns, does not fit."""
    return {
        name: [f"{column.name}:{column.dtype}" for column in (*each.columns, *each.item_columns)] + list(each.totals)
        for name, each in sorted(state.features.items())
    }


def _blocks(state: State) -> dict[str, Blocks]:
    acts = {f"acts.{group}": acts.blocks for group, acts in state.acts.items()}
    return {"histories": state.histories.blocks} | acts


def digest(state: State) -> str:
    """A hash of what the state says, equal for equal logs whatever the order in which they came.

    Counters are rounded to five digits, rows sorted by id. Who was forgotten, and an item of which nothing is known
    but its id, count for nothing: a shop that never heard of them is equal.
    """
    told = hashlib.blake2b(digest_size=16)
    known = np.flatnonzero(~_blank(state.items.table)).tolist()
    by_id = sorted(known, key=state.items.ids.__getitem__)
    # An item counts by its id: its number, and its rank, say who was named before it.
    place = np.array([tie_of(each) for each in state.items.ids], np.int64)
    _tell(told, {name: made()[by_id] for name, made in state.items.table.save("").items()})
    _tell(told, {f"totals.{name}": totals for name, totals in state.totals.items()})
    there = [no for no, name in enumerate(state.shopper_ids) if not name.startswith(ERASED_PREFIX)]
    shoppers = sorted(there, key=state.shopper_ids.__getitem__)
    _tell(told, {name: made()[shoppers] for name, made in state.shoppers.save("").items() if name not in PASSING})
    for shopper in shoppers:
        pairs = state.keeper.told(shopper)
        order = np.argsort(place[pairs["item"]])
        pairs["item"] = place[pairs["item"]]
        _tell(told, {name: array[order] for name, array in pairs.items()})
        at, tie, other, kind, rated = state.histories.of(shopper)
        item, query = state.queries.told(other)
        placed = np.where(item >= 0, place[item], -1) if len(place) else item
        _tell(told, {"at": at, "tie": tie, "item": placed, "kind": kind, "query": query, "rated": rated})
        _tell(told, {"traits": state.traits.of(shopper)})
    return told.hexdigest()


def _blank(table: Table) -> npt.NDArray[np.bool_]:
    """The rows that hold nothing but defaults, bool[size]."""
    blank = np.ones(table.size, np.bool_)
    for name, column in table.columns.items():
        array = table.arrays[name][: table.size]
        default = np.array(column.default, array.dtype)
        blank &= np.isnan(array) if array.dtype.kind == "f" and np.isnan(default) else array == default
    return blank


def _tell(told: Any, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    for name in sorted(columns):
        column = columns[name]
        told.update(name.encode())
        for part in _rounded(column) if column.dtype.kind == "f" else (column,):
            told.update(np.ascontiguousarray(part).tobytes())


def _rounded(column: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    """Five digits of each number as whole numbers, and which are no numbers."""
    finite = np.isfinite(column)
    digits, power = np.frexp(np.where(finite, column, 0.0).astype(np.float64))
    whole = np.rint(digits * STEPS).astype(np.int32)
    full = whole == round(STEPS)
    whole[full], power[full] = round(STEPS / 2), power[full] + 1
    return whole, power.astype(np.int32), np.isnan(column), column == np.inf
