"""The mean of a net's weights over the steps of its training: it errs less than the weights of any one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

LATE: Final = 8
"""How much more late steps count: the mean is, about, over the last ninth of them."""
AT_ONCE: Final = 1_000_000
"""Numbers that are averaged a step, in the mean: a large net's weights are taken every few steps."""


class Average:
    """Follows `net` from where it stands, by polynomial decay (Shamir and Zhang 2013): after step t the mean moves by
    (LATE + 1) / (t + LATE) towards the weights, so that what it spans grows with what was learnt."""

    def __init__(self, net: nn.Module) -> None:
        self.net, self.steps, self.due = net, 0, 0
        self.means = {name: weight.detach().clone() for name, weight in net.named_parameters()}
        self.every = 1 + sum(mean.numel() for mean in self.means.values()) // AT_ONCE

    def follow(self) -> None:
        """The net has moved by a step."""
        self.steps, self.due = self.steps + 1, self.due + 1
        if self.due == self.every:
            self.catch_up()

    @torch.no_grad()
    def catch_up(self) -> None:
        """Takes in the weights as they are now, for all steps since the last time."""
        share = min(1.0, self.due * (LATE + 1) / (self.steps + LATE))
        for name, weight in self.net.named_parameters():
            self.means[name].lerp_(weight, share)
        self.due = 0

    def settle(self, weights: dict[str, Tensor] | None) -> None:
        """The net's weights are `weights` from now on, or else the means."""
        if weights is None:
            self._swap()
        else:
            self.net.load_state_dict(weights)

    def go_on(self, means: dict[str, Tensor], steps: int) -> None:
        """As if it had followed so many steps, to these means by name."""
        self.steps = steps
        for name, mean in self.means.items():
            mean.copy_(means[name])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within, the net's weights are the means."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, weight in self.net.named_parameters():
            weight.data, self.means[name] = self.means[name], weight.data
