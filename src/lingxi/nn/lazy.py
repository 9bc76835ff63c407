"""Adam for tables of which a step touches few rows: only those rows, and their moments, are read and written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lingxi.features._compiled import unlocked

RowGradient = tuple[Tensor, Tensor, Tensor]
"""A table, int64[u] different rows of it, and their gradient [u, …]."""


class RowAdam(torch.optim.Optimizer):
    """Adam (Kingma and Ba 2015) as `torch.optim.SparseAdam` does it: what is not touched does not move. Rows of
    matrices decay when they are touched, as in AdamW (Loshchilov and Hutter 2019)."""

    def __init__(self, tables: Iterable[Tensor], lr: float, betas: tuple[float, float], decay: float = 0.0) -> None:
        super().__init__(tables, {"lr": lr, "betas": betas, "eps": 1e-8, "weight_decay": decay})
        for group in self.param_groups:
            for table in group["params"]:
                self.state[table] = {
                    "step": torch.zeros(()),
                    "exp_avg": torch.zeros_like(table),
                    "exp_avg_sq": torch.zeros_like(table),
                }

    @torch.no_grad()
    def move(self, gradients: Iterable[RowGradient]) -> None:
        """One step of the rows that are given."""
        group = self.param_groups[0]
        for table, rows, gradient in gradients:
            state: dict[str, Any] = self.state[table]
            state["step"] += 1
            self._move(table, rows, gradient, state, group)

    def _move(
        self, table: Tensor, rows: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        (first, second), step = group["betas"], float(state["step"])
        shrink = group["lr"] * group["weight_decay"] if table.ndim == 2 else 0.0
        numbers = (first, second, group["lr"] / (1 - first**step), 1 / (1 - second**step), group["eps"], shrink)
        bare = [_flat(each) for each in (table, state["exp_avg"], state["exp_avg_sq"])]
        move_rows(*bare, rows.numpy(), _flat(gradient), *(np.float32(each) for each in numbers))


@unlocked
def move_rows(
    table: Any,
    mean: Any,
    square: Any,
    rows: Any,
    gradient: Any,
    first: Any,
    second: Any,
    rate: Any,
    scale: Any,
    eps: Any,
    shrink: Any,
) -> None:  # pragma: no cover
    """Each row is read and written once: `table`, `mean` and `square` float32[v, d] in `rows`, by `gradient` [u, d];
    `shrink` is the share of it that a row of the table loses first."""
    one = np.float32(1.0)
    for i in range(len(rows)):
        row = rows[i]
        for j in range(table.shape[1]):
            g = gradient[i, j]
            m = mean[row, j] + (one - first) * (g - mean[row, j])
            s = second * square[row, j] + (one - second) * g * g
            mean[row, j], square[row, j] = m, s
            table[row, j] += -shrink * table[row, j] - rate * m / (np.sqrt(s * scale) + eps)


def _flat(tensor: Tensor) -> npt.NDArray[np.float32]:
    """The tensor's own memory as rows."""
    bare: npt.NDArray[np.float32] = tensor.detach().numpy()
    return bare.reshape(len(bare), -1)
