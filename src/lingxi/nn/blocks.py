"""What every block of an encoder is, and the dense half that most of them share."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from lingxi.nn.dropout import drop
from lingxi.nn.scene import Scene


class Block(nn.Module):
    """Reads places that were, and changes each: padding leaves no trace at a real place, nor does what comes later."""

    def forward(self, x: Tensor, scene: Scene) -> Tensor:
        """`x` [b, n, d] → [b, n, d]."""
        raise NotImplementedError

    def newest(self, x: Tensor, scene: Scene) -> Tensor:
        """The last place alone of what `forward` returns, [b, 1, d]; overridden where less work is enough."""
        last: Tensor = self(x, scene)[:, -1:]
        return last


class Dense(nn.Module):
    """Two layers at each place, beside what it had (pre-normalised): [..., d] → [..., d]."""

    def __init__(self, width: int, times: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.before = nn.LayerNorm(width)
        self.wide = nn.Linear(width, times * width)
        self.narrow = nn.Linear(times * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[..., d] → [..., d]."""
        dense = self.narrow(functional.gelu(self.wide(self.before(x)), approximate="tanh"))
        return x + drop(dense, self.dropout, self.training)
