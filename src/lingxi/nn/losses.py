"""Cross-entropy against a catalogue: whole, or of a sample with its correction."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

ROWS = 256
"""Places that are scored at once: their logits stay in the last cache while both gradients are taken from them."""


class _Whole(torch.autograd.Function):
    """Both gradients are taken block by block in the forward pass, so that no logits are ever kept."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, table: Tensor, bias: Tensor, low: bool) -> Tensor:
        kind = torch.bfloat16 if low else torch.float32
        small, turned = table.to(kind), table.to(kind).T.contiguous()
        norms = torch.empty(len(state))
        d_state, d_table = torch.empty_like(state), torch.zeros_like(table)
        d_bias = torch.zeros_like(bias)
        for start in range(0, len(state), ROWS):
            rows = state[start : start + ROWS].to(kind)
            logits = (rows @ turned).float() + bias
            norm = torch.logsumexp(logits, dim=1, keepdim=True)
            share = logits.sub_(norm).exp_()
            norms[start : start + ROWS] = norm[:, 0]
            d_bias += share.sum(0)
            share = share.to(kind)
            d_state[start : start + ROWS] = (share @ small).float()
            d_table += (share.T @ rows).float()
        ctx.save_for_backward(d_state, d_table, d_bias)
        return norms

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        d_state, d_table, d_bias = ctx.saved_tensors
        # Every place has the same weight in the mean, so that one number scales what was summed.
        weight = grads[0][0]
        return d_state * weight, d_table * weight, d_bias * weight, None


def whole_catalogue(state: Tensor, table: Tensor, bias: Tensor, targets: Tensor, weights: Tensor, low: bool) -> Tensor:
    """Mean cross-entropy of `state` [m, d] against all rows of `table` [v, d] with `bias` [v].

    `targets` int64 [m, t] and their `weights` [m, t], which sum to 1 in each row. `low`: products in bfloat16.
    """
    norms: Tensor = _Whole.apply(state, table, bias, low)  # type: ignore[no-untyped-call]
    return (norms - _wanted(state, table, bias, targets, weights)).mean()


def sampled(
    state: Tensor,
    table: Tensor,
    bias: Tensor,
    targets: Tensor,
    weights: Tensor,
    drawn: Tensor,
    log_chance: Tensor,
    low: bool,
) -> Tensor:
    """The same against a sample: `drawn` int64 [s] different rows, shared by the batch, `log_chance` [s] the log of
    each one's chance to be in a sample (Bengio and Senécal 2008; shared by a batch as in Yi et al. 2019)."""
    kind = torch.bfloat16 if low else torch.float32
    logits = (state.to(kind) @ functional.embedding(drawn, table).to(kind).T).float() + (bias[drawn] - log_chance)
    positive = _each(state, table, bias, targets)
    # A target that was drawn as well is counted once, and targets do not compete: they are taken out of the drawn.
    where = torch.full((len(bias),), len(drawn), dtype=torch.int64)
    where[drawn] = torch.arange(len(drawn))
    met = torch.zeros(len(state), len(drawn) + 1, dtype=torch.bool).scatter_(1, where[targets], True)
    others = torch.logsumexp(logits.masked_fill(met[:, :-1], float("-inf")), dim=1, keepdim=True)
    return ((torch.logaddexp(others, positive) - positive) * weights).sum(dim=1).mean()


def _each(state: Tensor, table: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Logits [m, t] of the targets."""
    return torch.einsum("md,mtd->mt", state, functional.embedding(targets, table)) + bias[targets]


def _wanted(state: Tensor, table: Tensor, bias: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The weighted mean [m] of the targets' logits."""
    return (_each(state, table, bias, targets) * weights).sum(dim=1)
