"""Adam for tables of which a step touches few rows: only those rows, and their moments, are read and written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

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
        mean = state["exp_avg"][rows].lerp_(gradient, 1 - first)
        square = state["exp_avg_sq"][rows].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        state["exp_avg"].index_copy_(0, rows, mean)
        state["exp_avg_sq"].index_copy_(0, rows, square)
        scale = square.div_(1 - second**step).sqrt_().add_(group["eps"])
        if table.ndim == 2 and (shrink := group["lr"] * group["weight_decay"]):
            table.index_add_(0, rows, table[rows], alpha=-shrink)
        table.index_add_(0, rows, mean.div_(scale), alpha=-group["lr"] / (1 - first**step))
