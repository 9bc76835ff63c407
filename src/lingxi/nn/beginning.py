"""What nets begin with: small numbers, so that at first what is read goes through them as it is."""

from __future__ import annotations

from typing import Final

from torch import nn

SMALL: Final = 0.02
"""Standard deviation of tables and matrices, as in BERT (Devlin et al. 2019)."""


def small(part: nn.Module) -> None:
    """For `Module.apply`: dense layers and tables begin small, without a bias."""
    if isinstance(part, nn.Linear | nn.Embedding):
        nn.init.normal_(part.weight, std=SMALL)
    if isinstance(part, nn.Linear) and part.bias is not None:
        nn.init.zeros_(part.bias)
