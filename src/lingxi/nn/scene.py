"""What lies around the places that a block reads: which are real, how far and how long they are apart."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

WEEK, QUARTER = 7 * 86_400.0, 90 * 86_400.0
AGES = 5


def look(seconds: Tensor) -> Tensor:
    """What heads see of an age [...]: its logarithm and the square of it, whether it is the same moment, and how much
    of a week and of a quarter is left: [..., AGES]."""
    old = seconds.clamp(min=0.0)
    log = torch.log1p(old) / 16.0
    return torch.stack(
        [log, log * log, (old < 1.0).to(old.dtype), torch.exp(old / -WEEK), torch.exp(old / -QUARTER)], dim=-1
    )


class Scene:
    """`age` float32 [b, n] in seconds before the end, `real` float32 [b, n], 0 on padding (at the left).

    What several blocks need is made once, and only if one needs it.
    """

    def __init__(self, age: Tensor, real: Tensor) -> None:
        self.age, self.real = age, real

    @cached_property
    def distance(self) -> Tensor:
        """int64 [n, n]: how many places a key (column) is before a query (row); negative where it is later."""
        place = torch.arange(self.age.shape[1], device=self.age.device)
        return place[:, None] - place[None, :]

    @cached_property
    def visible(self) -> Tensor:
        """float32 [b, n, n]: 1 where a query may look at a key."""
        earlier = (self.distance >= 0).to(self.age.dtype)
        return earlier[None] * self.real[:, None, :]

    @cached_property
    def mask(self) -> Tensor:
        """float32 [b, 1, n, n]: 0 where a query may look, very negative where not."""
        return (-1e9 * (1.0 - self.visible))[:, None]

    @cached_property
    def ages(self) -> Tensor:
        """[b, n, n, AGES]: what each key's age is at each query."""
        return look(self.age[:, None, :] - self.age[:, :, None])
