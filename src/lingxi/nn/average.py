"""The mean of a net's weights over the steps of its training: it errs less than the weights of any one step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

DECAY: Final = 8
"""How fast old steps fade: the mean is, about, over the last ninth of them."""
A_STEP: Final = 1_000_000
"""Numbers that a step averages at most: the weights of a larger net are taken in every few steps."""


class Average:
    """Follows `net` from where it stands, by polynomial decay (Shamir and Zhang 2013): at step t the mean moves by
    (DECAY + 1) / (t + DECAY) of the way to the weights, so that what it spans grows with what was learnt. Of steps that
    are taken in together each counts as if it had the weights of the last one."""

    def __init__(self, net: nn.Module) -> None:
        self.net, self.steps, self.due = net, 0, 0
        self.means = {name: weight.detach().clone() for name, weight in net.named_parameters()}
        self.every = 1 + sum(mean.numel() for mean in self.means.values()) // A_STEP

    def follow(self) -> None:
        """The net has moved by a step."""
        self.steps, self.due = self.steps + 1, self.due + 1
        if self.due == self.every:
            self.catch_up()

    @torch.no_grad()
    def catch_up(self) -> None:
        """Takes in the weights as they are now, for all steps since the last time."""
        before = self.steps - self.due
        kept = math.prod((before + each) / (self.steps + each) for each in range(DECAY + 1)) if self.due else 1.0
        for name, weight in self.net.named_parameters():
            self.means[name].lerp_(weight, 1.0 - kept)
        self.due = 0

    def go_on(self, means: dict[str, Tensor], steps: int) -> None:
        """As if it had followed so many steps, to these means by name."""
        self.steps, self.due = steps, 0
        for name, mean in self.means.items():
            mean.copy_(means[name])

    def copy(self) -> dict[str, Tensor]:
        """The means as they are now, by name."""
        return {name: mean.clone() for name, mean in self.means.items()}

    @contextmanager
    def as_mean(self) -> Iterator[None]:
        """Within, the net's weights are the means."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def settle(self, means: dict[str, Tensor] | None) -> None:
        """The net's weights are these means from now on, or the newest."""
        for name, weight in self.net.named_parameters():
            weight.copy_((means or self.means)[name])

    def _swap(self) -> None:
        for name, weight in self.net.named_parameters():
            weight.data, self.means[name] = self.means[name], weight.data
