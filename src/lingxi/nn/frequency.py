"""Attention beside a filter that tells slow from fast: the frequency branch of BSARec (Shin et al. 2024), made causal.

BSARec takes the Fourier transform of the whole window, so that a place sees what comes after it, and learns at the last
place only. Here slow is a fading mean of what was and fast is the rest: the same split into a low and a high band whose
weights are learned, at every place, for windows of any length.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lingxi.nn.attention import Attention
from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene
from lingxi.nn.smoothing import Smoothing


class Filtered(Attention):
    """Attention whose answer is mixed with the filter's: `filter_share` of it is the filter's."""

    def __init__(
        self, width: int, heads: int, dropout: float, *, length: int, times: bool, filter_share: float
    ) -> None:
        super().__init__(width, heads, dropout, places=length, times=times)
        self.filter_share, self.bands = filter_share, heads
        self.slow = Smoothing(heads, length)
        self.fast = nn.Parameter(torch.full((width,), 0.5))

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, n, d] → [b, n, d]."""
        normal = self.before(x)
        attended = self.attended(normal, scene).view_as(x)
        mixed = self.filter_share * self._filter(normal, scene) + (1.0 - self.filter_share) * attended
        out: Tensor = self.dense(x + drop(mixed, self.dropout, self.training))
        return out

    def newest(self, x: Tensor, scene: Scene) -> Tensor:
        """[b, 1, d]."""
        last: Tensor = self(x, scene)[:, -1:]
        return last

    def _filter(self, x: Tensor, scene: Scene) -> Tensor:
        """The slow band, and the fast one by its learned weight: each group of channels has a speed of its own."""
        bands = x.reshape(-1, x.shape[1], self.bands, self.width // self.bands).transpose(1, 2)
        slow = (self.slow.weights(scene) @ bands).transpose(1, 2).reshape(-1, x.shape[1], self.width)
        return slow + self.fast.square() * (x - slow)
