"""Softmax against a catalogue in one pass, in blocks that stay in cache: no matrix of logits is ever whole.

The products are torch's; what lies between two of them (add the bias, take the exponential, sum, round) is one compiled
pass over a block, where torch would read and write it eight times.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lingxi.features._compiled import unlocked

ROWS, COLUMNS = 256, 2048
"""Places and items of a block: in bfloat16 one megabyte."""
KEPT = 16_000_000
"""Numbers of a strip (some rows against all items) that are kept for the second product: they lie in the last cache."""
SAFE, STEP = np.float32(1e30), np.float32(60.0)
"""A sum beyond the first is made again with a shift that is greater by the second."""
FREE = {"reassoc", "contract", "nsz", "arcp"}
F, N, U = np.float32, np.int32, np.uint32
Floats = npt.NDArray[np.float32]


def _power(x: Any) -> Any:  # pragma: no cover
    """The bits of e^x as int32, right to 1e-4, for x within ±87 (beyond it, e^±87)."""
    t = min(max(x * F(1.442695), F(-126.0)), F(126.0))
    whole = np.floor(t + F(0.5))
    f = t - whole
    p = F(1.0) + f * (F(0.6931472) + f * (F(0.2402265) + f * (F(0.05550411) + f * F(0.009618129))))
    return N(F(p).view(np.int32) + N(N(whole) << N(23)))


_bits = unlocked(_power, fastmath=FREE)


def _shares_low(logit: Any, bias: Any, shift: Any, total: Any) -> None:  # pragma: no cover
    for i in range(logit.shape[0]):
        some = F(0.0)
        for j in range(logit.shape[1]):
            bits = _bits(N(U(logit[i, j]) << U(16)).view(np.float32) + bias[j] - shift[i])
            some += N(bits).view(np.float32)
            logit[i, j] = np.uint16((bits + N(0x8000)) >> N(16))
        total[i] += some


def _shares(logit: Any, bias: Any, shift: Any, total: Any) -> None:  # pragma: no cover
    for i in range(logit.shape[0]):
        some = F(0.0)
        for j in range(logit.shape[1]):
            share = N(_bits(logit[i, j] + bias[j] - shift[i])).view(np.float32)
            some += share
            logit[i, j] = share
        total[i] += some


shares_low = unlocked(_shares_low, fastmath=FREE)
"""e^(logit + bias − shift) in place of `logit` (bfloat16 as uint16 [m, v]) for `bias` float32[v] and `shift`
float32[m]; the rows' sums are added to `total` float32[m]."""
shares = unlocked(_shares, fastmath=FREE)
"""The same for float32."""


class Against:
    """A catalogue `table` [v, d] with `bias` [v], cut into blocks once for all the places of a batch."""

    def __init__(self, table: Tensor, bias: Tensor, low: bool) -> None:
        self.kind = torch.bfloat16 if low else torch.float32
        small = table.detach().to(self.kind)
        self.blocks = [small[start : start + COLUMNS] for start in range(0, len(small), COLUMNS)]
        self.turned = [block.T.contiguous() for block in self.blocks]
        self.bias: Floats = bias.detach().numpy()
        self.take = shares_low if low else shares
        self.rows = max(32, min(ROWS, KEPT // max(len(small), 1)))

    def softmax(self, state: Tensor, near: Floats) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """For places `state` [m, d]: the logarithms of their sums of e^logit [m]; and of the sum of those, the
        gradients by state [m, d], table [v, d] and bias [v].

        `near` float32[m] is some logit of each place, near its greatest; it only keeps numbers in range.
        """
        norms, d_state = torch.empty(len(state)), torch.empty_like(state)
        width = state.shape[1]
        # The last column of the second product is the bias's gradient.
        d_table = torch.zeros(len(self.bias), width + 1)
        for start in range(0, len(state), self.rows):
            part = slice(start, start + self.rows)
            strip, total, shift = self._strip(state[part].to(self.kind), near[part].copy())
            inverse = torch.from_numpy(1.0 / total)[:, None]
            norms[part] = torch.from_numpy(np.log(total) + shift)
            self._gradients(strip, state[part], inverse, d_state[part], d_table)
        return norms, d_state, d_table[:, :width], d_table[:, width]

    def _gradients(self, strip: list[Tensor], state: Tensor, inverse: Tensor, d_state: Tensor, d_table: Tensor) -> None:
        """Fills `d_state` and adds to `d_table`."""
        weighed = torch.cat([state * inverse, inverse], dim=1).to(self.kind)
        mean: Any = 0.0
        for place, share in enumerate(strip):
            mean = mean + (share @ self.blocks[place]).float()
            d_table[place * COLUMNS : place * COLUMNS + COLUMNS] += share.T @ weighed
        torch.mul(mean, inverse, out=d_state)

    def _strip(self, rows: Tensor, shift: Floats) -> tuple[list[Tensor], Floats, Floats]:
        """The shares of some places, not yet divided by their sums: blocks, sums, what was taken from the logits."""
        while True:
            total = np.zeros(len(shift), np.float32)
            strip = []
            for place, block in enumerate(self.turned):
                logit = rows @ block
                bias = self.bias[place * COLUMNS : place * COLUMNS + COLUMNS]
                self.take(_bare(logit), bias, shift, total)
                strip.append(logit)
            over = total > SAFE
            if not over.any():
                return strip, total, shift
            shift[over] += STEP


def _bare(logit: Tensor) -> npt.NDArray[Any]:
    """The tensor's own memory, as numpy has it."""
    bare: npt.NDArray[Any] = logit.view(torch.int16).numpy() if logit.dtype is torch.bfloat16 else logit.numpy()
    return bare.view(np.uint16) if logit.dtype is torch.bfloat16 else bare
