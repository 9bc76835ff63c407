"""The live state as it stood at a time, from a snapshot: a judge asks it as the server would have been asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lingxi.domain.change import Type
from lingxi.domain.history import Goods, Interactions
from lingxi.domain.item import Item
from lingxi.ports.log import Run
from lingxi.state.state import State


def user_of(shopper: int) -> str:
    """The user's id that a shopper number has in a replayed state: a judge needs no one's own."""
    return str(shopper)


def state_at(past: Interactions, goods: Goods, *, unlimited: bool = True, shoppers: int = 0) -> State:
    """The state that `past` leaves, as one bulk fold; every item that `goods` has is in it, and shoppers up to the last
    of the past, or so many.

    A snapshot does not say what was in stock at the time: with `unlimited` every item is listed, else those that are
    listed today.
    """
    state = State.empty()
    shoppers = max(int(past.shopper.max(initial=-1)) + 1, shoppers)
    run = run_of(past)
    run.new_items.update(enumerate(goods.ids))
    run.new_shoppers.update({number: f"u:{user_of(number)}" for number in range(shoppers)})
    state.apply(run)
    for number in np.unique(past.people.shopper[past.people.shopper < shoppers]).tolist():
        state.traits.post(number, past.people.of(number))
    for number in np.flatnonzero(np.ones(len(goods), dtype=np.bool_) if unlimited else goods.listed).tolist():
        state.items.post(_item(goods, number, unlimited=unlimited), int(goods.since[number]))
    return state


def _item(goods: Goods, number: int, *, unlimited: bool) -> Item:
    title, _, title_zh = goods.titles[number].partition("\n")
    return Item(
        id=goods.ids[number],
        title=title,
        title_zh=title_zh,
        category=_named(goods.categories, goods.category[number]),
        brand=_named(goods.brands, goods.brand[number]),
        seller=_named(goods.sellers, goods.seller[number]),
        price=_known(goods.price[number]),
        list_price=_known(goods.list_price[number]),
        stock=None if unlimited else _known(goods.stock[number]),
        attributes=None if np.isnan(goods.cost[number]) else {"cost": float(goods.cost[number])},
    )


def _named(names: Sequence[str], number: int) -> str:
    return names[number] if number >= 0 else ""


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def run_of(past: Interactions, after: int = 0) -> Run:
    """Interactions as a run of the log whose first `seq` follows `after`."""
    size = len(past)
    return Run(
        seq=np.arange(after + 1, after + size + 1),
        type=np.full(size, Type.EVENT, dtype=np.int8),
        at=past.at,
        received=past.received,
        tie=past.tie,
        shopper=past.shopper,
        item=past.item,
        kind=past.kind,
        quantity=past.quantity.astype(np.float64),
        price=past.price.astype(np.float64),
        list_price=past.list_price.astype(np.float64),
        value=past.value.astype(np.float64),
        query=past.query,
        entries={},
        new_items={},
        new_shoppers={},
    )
