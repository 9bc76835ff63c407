"""What one step sees of the items: all of them, or those that it reads, aims at or draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lingxi.models._moments import Batch
from lingxi.models._net import Net
from lingxi.nn.lazy import RowGradient

Longs = npt.NDArray[np.int64]


@dataclass(slots=True)
class Seen:
    """`table` [u + 1, d], whose last row is that of an unknown item, and `bias` [u]: leaves, shared by the parts of a
    step; `parts` and `drawn` number the items by their rows. `rows` int64[u] are the rows among all, None if all are
    seen."""

    net: Net
    table: Tensor
    bias: Tensor
    parts: list[Batch]
    drawn: list[Longs]
    rows: Tensor | None
    whole: Tensor
    own: Tensor

    def back(self, of_table: Tensor, of_bias: Tensor) -> list[RowGradient]:
        """Hands gradients down to what the table was made of; those of rows are returned."""
        self.whole.backward(of_table)  # type: ignore[no-untyped-call]
        items = self.net.items
        if self.rows is None:
            items.bias.grad = of_bias
            return []
        assert self.own.grad is not None, "the table is made of it"  # noqa: S101
        return [(items.own.weight, self.rows, self.own.grad), (items.bias, self.rows, of_bias)]


def different(rows: Longs) -> Longs:
    """The different ones in order; for so few, sorting is four times as fast as `np.unique`, which hashes."""
    ordered = np.sort(rows)
    found: Longs = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return found


def everything(net: Net, parts: list[Batch]) -> Seen:
    """The whole catalogue."""
    whole = net.table_with_unknown()
    table, bias = whole.detach().requires_grad_(), net.bias.detach().requires_grad_()
    return Seen(net, table, bias, parts, [], None, whole, net.items.own.weight)


def some(net: Net, parts: list[Batch], drawn: list[Longs]) -> Seen:
    """Only what `parts` read and aim at, and what was `drawn` for each of them."""
    items, unknown = net.items, len(net.bias)
    met = different(np.concatenate([*drawn, *(each.row for each in parts), *(each.target.ravel() for each in parts)]))
    met = met[: np.searchsorted(met, unknown)]
    rows = torch.from_numpy(met)
    # Selected, not indexed: of a table beyond the caches that is several times as fast.
    own = items.own.weight.detach().index_select(0, rows).requires_grad_()
    whole = items.with_unknown(own, rows)
    table, bias = whole.detach().requires_grad_(), items.bias.detach().index_select(0, rows).requires_grad_()
    # An unknown item is beyond all that were met, so that it gets the last row.
    moved = [
        replace(each, row=np.searchsorted(met, each.row), target=np.searchsorted(met, each.target)) for each in parts
    ]
    return Seen(net, table, bias, moved, [np.searchsorted(met, each) for each in drawn], rows, whole, own)
