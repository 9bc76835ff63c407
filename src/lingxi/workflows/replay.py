"""The live state as it stood at a time, from a snapshot: a judge asks it as the server would have been asked."""

from __future__ import annotations

import numpy as np

from lingxi.domain.change import Type
from lingxi.domain.history import Goods, Interactions
from lingxi.domain.item import Item
from lingxi.ports.log import Run
from lingxi.state.state import State


def user_of(shopper: int) -> str:
    """The user's id that a shopper number has in a replayed state: a judge needs no one's own."""
    return str(shopper)


def state_at(past: Interactions, goods: Goods, *, unlimited: bool = True) -> State:
    """The state that `past` leaves, as one bulk fold; every item that `goods` has is in it.

    A snapshot does not say what was in stock at the time: with `unlimited` every item is listed, else those that are
    listed today.
    """
    state = State.empty()
    shoppers = int(past.shopper.max(initial=-1)) + 1
    run = _run(past)
    run.new_items.update(enumerate(goods.ids))
    run.new_shoppers.update({number: f"u:{user_of(number)}" for number in range(shoppers)})
    state.apply(run)
    for number in np.flatnonzero(np.ones(len(goods), dtype=np.bool_) if unlimited else goods.listed).tolist():
        state.items.post(_item(goods, number), 0)
    return state


def _item(goods: Goods, number: int) -> Item:
    price, category = float(goods.price[number]), int(goods.category[number])
    return Item(
        id=goods.ids[number],
        category=goods.categories[category] if category >= 0 else "",
        price=price if np.isfinite(price) else None,
    )


def _run(past: Interactions) -> Run:
    size = len(past)
    nothing = np.full(size, np.nan)
    return Run(
        seq=np.arange(1, size + 1),
        type=np.full(size, Type.EVENT, dtype=np.int8),
        at=past.at,
        received=past.received,
        tie=past.tie,
        shopper=past.shopper,
        item=past.item,
        kind=past.kind,
        quantity=past.quantity.astype(np.float64),
        price=past.price.astype(np.float64),
        list_price=nothing,
        order=np.zeros(size, dtype=np.int64),
        marked=past.marked,
        entries={},
        new_items={},
        new_shoppers={},
    )
