"""Cross-entropy against a catalogue: whole, or of a sample with its correction."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lingxi.nn.sample import AgainstSample
from lingxi.nn.softmax import Against


class _Whole(torch.autograd.Function):
    """Both gradients are taken block by block in the forward pass, so that no logits are ever kept."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, _table: Tensor, _bias: Tensor, near: Tensor, whole: Against) -> Tensor:
        norms, d_state, d_table, d_bias = whole.softmax(state, near.numpy())
        ctx.save_for_backward(d_state, d_table, d_bias)
        return norms

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        d_state, d_table, d_bias = ctx.saved_tensors
        # Every place has the same weight in the mean, so that one number scales what was summed.
        weight = grads[0][0]
        return d_state * weight, d_table * weight, d_bias * weight, None, None


def whole_catalogue(
    state: Tensor, table: Tensor, bias: Tensor, targets: Tensor, weights: Tensor, whole: Against
) -> Tensor:
    """Mean cross-entropy of `state` [m, d] against all of `table` [v, d] with `bias` [v], of which `whole` is made.

    `targets` int64 [m, t] and their `weights` [m, t], which sum to 1 in each row.
    """
    goal = _wanted(state, table, bias, targets, weights)
    norms: Tensor = _Whole.apply(state, table, bias, goal.detach(), whole)  # type: ignore[no-untyped-call]
    return (norms - goal).mean()


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
    # A target that was drawn as well is counted once, and targets do not compete: they are taken out of the drawn.
    where = torch.full((len(bias),), len(drawn), dtype=torch.int64)
    where[drawn] = torch.arange(len(drawn))
    rows, positive = functional.embedding(drawn, table), _each(state, table, bias, targets)
    value: Tensor = AgainstSample.apply(  # type: ignore[no-untyped-call]
        state, rows, bias[drawn] - log_chance, positive, weights, where[targets], low
    )
    return value


def _each(state: Tensor, table: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Logits [m, t] of the targets."""
    return torch.einsum("md,mtd->mt", state, functional.embedding(targets, table)) + bias[targets]


def _wanted(state: Tensor, table: Tensor, bias: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The weighted mean [m] of the targets' logits."""
    return (_each(state, table, bias, targets) * weights).sum(dim=1)
