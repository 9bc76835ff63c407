"""Softmax against a sample of a catalogue in one pass, by strips of places whose logits stay in cache.

The value and all gradients are taken strip by strip in the forward pass, as `nn.softmax` does it for a whole catalogue:
no matrix of logits is ever whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lingxi.features._compiled import unlocked
from lingxi.nn.softmax import SAFE, shares, shares_low

ROWS, COLUMNS = 128, 512
"""Places of a strip, and what the width of a sample is made a multiple of: so that products come in few shapes, of each
of which torch prepares and keeps something."""
LOWEST = -1e4
"""What is taken from logits at least: below it lies only what is left out."""
LEAST = {True: np.uint16(0xFF7F), False: np.float32(-3e38)}
"""A logit whose share is nothing, as bfloat16's bits and as float32."""
Floats = npt.NDArray[np.float32]


@unlocked
def leave_out(logit: Any, met: Any, least: Any) -> None:  # pragma: no cover
    """Sets `logit` [m, s] to `least` in the columns `met` int64[m, t] of each row; a column beyond s is none."""
    for i in range(met.shape[0]):
        for k in range(met.shape[1]):
            if met[i, k] < logit.shape[1]:
                logit[i, met[i, k]] = least


class AgainstSample(torch.autograd.Function):
    """The mean over places of Σ_t w_t · (log(e^positive_t + Σ e^(others)) − positive_t).

    `state` [m, d] against `table` [s, d] with `bias` [s]; `positive` [m, t] with `weights` [m, t]; `met` int64[m, t]
    are columns of the sample that are targets of the place themselves, s where one was not drawn; `low`: in bfloat16.
    """

    @staticmethod
    def forward(
        ctx: Any, state: Tensor, table: Tensor, bias: Tensor, positive: Tensor, weights: Tensor, met: Tensor, low: bool
    ) -> Tensor:
        sample = _Sample(table, bias, low)
        size = len(state)
        # Places that only fill the last strip have no weight.
        state, positive, weights, met = (_filled(each, ROWS) for each in (state, positive, weights, met))
        others, pull = torch.empty(len(state), 1), torch.empty(len(state), 1)
        d_state = torch.empty_like(state)
        d_table = torch.zeros(len(sample.table), table.shape[1] + 1)
        near = positive.detach().amax(dim=1).numpy()
        for start in range(0, len(state), ROWS):
            part = slice(start, start + ROWS)
            share, total, shift = sample.strip(state[part].to(sample.kind), near[part].copy(), met[part].numpy())
            others[part, 0] = torch.from_numpy(np.log(total) + shift)
            # How much of each place's gradient falls to the others.
            pull[part] = (weights[part] * torch.sigmoid(others[part] - positive[part])).sum(dim=1, keepdim=True)
            scale = pull[part] / torch.from_numpy(total)[:, None]
            d_state[part] = (share @ sample.table).float() * scale
            d_table += share.T @ torch.cat([state[part] * scale, scale], dim=1).to(sample.kind)
        loss = (weights * torch.nn.functional.softplus(others - positive)).sum() / size
        d_positive = -weights * torch.sigmoid(others - positive)
        ctx.save_for_backward(d_state[:size], d_table[: len(table)], d_positive[:size])
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_state, d_table, d_positive = ctx.saved_tensors
        scale = grads[0] / len(d_state)
        return d_state * scale, d_table[:, :-1] * scale, d_table[:, -1] * scale, d_positive * scale, None, None, None


def _filled(rows: Tensor, unit: int, value: float = 0.0) -> Tensor:
    """The rows, and as many of `value` as make their number a multiple of `unit`."""
    more = -len(rows) % unit
    return torch.cat([rows, rows.new_full((more, *rows.shape[1:]), value)]) if more else rows


class _Sample:
    """A sample, made ready for the products of all strips."""

    def __init__(self, table: Tensor, bias: Tensor, low: bool) -> None:
        self.kind = torch.bfloat16 if low else torch.float32
        self.table = _filled(table.to(self.kind), COLUMNS)
        self.turned = self.table.T.contiguous()
        self.bias: Floats = _filled(bias.detach(), COLUMNS, LOWEST).numpy()
        self.low, self.take = low, shares_low if low else shares

    def strip(self, state: Tensor, shift: Floats, met: npt.NDArray[np.int64]) -> tuple[Tensor, Floats, Floats]:
        """The shares of some places, not yet divided by their sums; the sums; what was taken from the logits."""
        share, total = self._shares(state, shift, met)
        off = (total > SAFE) | (total < 1 / SAFE)
        if off.any():
            logit, _ = self._logits(state[torch.from_numpy(off)], met[off])
            shift[off] = (logit.float() + torch.from_numpy(self.bias)).amax(dim=1).clamp(min=LOWEST).numpy()
            share, total = self._shares(state, shift, met)
        return share, total, shift

    def _shares(self, state: Tensor, shift: Floats, met: npt.NDArray[np.int64]) -> tuple[Tensor, Floats]:
        logit, bare = self._logits(state, met)
        total = np.zeros(len(shift), np.float32)
        self.take(bare, self.bias, shift, total)
        return logit, total

    def _logits(self, state: Tensor, met: npt.NDArray[np.int64]) -> tuple[Tensor, Any]:
        """Without what is left out: the tensor, and its own memory."""
        logit = state @ self.turned
        bare: Any = logit.view(torch.int16).numpy().view(np.uint16) if self.low else logit.numpy()
        leave_out(bare, met, LEAST[self.low])
        return logit, bare
