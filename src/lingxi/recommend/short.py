"""Why a slate is shorter than it was asked to be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lingxi.recommend.allowed import allowed, inside
from lingxi.recommend.moment import Moment


def short_of(moment: Moment, filters: tuple[str, ...], code: npt.NDArray[np.int8]) -> str:
    """One sentence: how many items the request's bounds leave, and how many of these each filter removed.

    `code` int8 is for each allowed item the place, from 1, of the filter that removed it, 0 for what stays.
    """
    removed = [(name, int(np.count_nonzero(code == place))) for place, name in enumerate(filters, start=1)]
    counts = ", ".join(f"{name} {count}" for name, count in removed if count)
    return _left(moment) + (f"; removed of these: {counts}" if counts else "")


def _left(moment: Moment) -> str:
    query, table, count = moment.query, moment.state.items, allowed(moment).count
    where = "the shop" if query.category is None else f"category '{query.category}'"
    if query.category is not None and not inside(moment, query.category)[:-1].any():
        return f"the shop has no category '{query.category}'"
    priced = _prices(query.price_min, query.price_max)
    said = f"{where} has {_items(count)} in stock{priced}"
    if count or (query.category is None and not priced):
        return said
    posted = table.column("posted") & table.column("visible")
    if query.category is not None:
        posted &= inside(moment, query.category)[table.column("category")]
    return f"{said}, of {_items(int(np.count_nonzero(posted)))} in all"


def _items(count: int) -> str:
    return "no item" if count == 0 else "1 item" if count == 1 else f"{count} items"


def _prices(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" at {low:g} to {high:g}"
    return f" at {low:g} or more" if low is not None else f" at {high:g} or less" if high is not None else ""
