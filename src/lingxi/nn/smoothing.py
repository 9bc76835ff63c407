"""Means of what was, each place weighing less the farther back it lies, at several learned speeds."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lingxi.nn.scene import Scene


class Smoothing(nn.Module):
    """`speeds` of forgetting, which begin spread from half a place to `length` places and are learned."""

    def __init__(self, speeds: int, length: int) -> None:
        super().__init__()
        spans = torch.logspace(math.log10(0.5), math.log10(max(length, 2)), speeds)
        self.speed = nn.Parameter(-torch.log(spans))

    def weights(self, scene: Scene) -> Tensor:
        """[b, speeds, n, n]: what each place (last) weighs at each other; a real place's weights sum to 1, and what
        comes later or is padding weighs nothing."""
        rate = torch.exp(self.speed)[:, None, None]
        fading = torch.exp(-rate * scene.distance.clamp(min=0).to(rate.dtype))
        weight = fading[None] * scene.visible[:, None]
        return weight / weight.sum(dim=-1, keepdim=True).clamp(min=1e-9)
