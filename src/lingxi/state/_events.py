"""The events of a run as columns, for the kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from lingxi.ports.log import EVENT, Run


class Events(NamedTuple):
    """Events in order of `seq`: arrays of one length, of the dtypes of `ports.log.Run`. The first four are what
    every feature's kernel takes after its rows; the numbers after them it names."""

    item: npt.NDArray[Any]
    at: npt.NDArray[Any]
    tie: npt.NDArray[Any]
    kind: npt.NDArray[Any]
    quantity: npt.NDArray[Any]
    price: npt.NDArray[Any]
    list_price: npt.NDArray[Any]
    value: npt.NDArray[Any]
    query: npt.NDArray[Any]
    shopper: npt.NDArray[Any]
    seq: npt.NDArray[Any]

    def where(self, keep: npt.NDArray[Any]) -> Events:
        """Those that are kept (bool); no copy where it is all of them."""
        return self if keep.all() else Events(*(column[keep] for column in self))


def events_of(run: Run, first: int) -> Events:
    """The events of a run from row `first` on, but those that are left out."""
    every = Events(
        *(run.item, run.at, run.tie, run.kind, run.quantity, run.price, run.list_price, run.value, run.query),
        *(run.shopper, run.seq),
    )
    if first:
        every = Events(*(column[first:] for column in every))
    keep = run.type[first:] == EVENT
    return every.where(keep if run.left_out is None else keep & ~run.left_out[first:])
