"""A step: the gradients of its parts, summed, and what the optimizer makes of them."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from lingxi.domain.errors import Refused
from lingxi.models._crew import Crew
from lingxi.models._loss import Loss
from lingxi.models._moments import Batch
from lingxi.models._net import Net
from lingxi.nn import dropout

CLIP = 1.0
REMEDY = "train again with a lower `rate` (a third of it); the last whole epoch is kept"


class Diverged(Refused):
    """The loss is no number any more: what was learnt since the last whole epoch is lost."""

    code = "diverged"


class Steps:
    """Takes steps of `net`, in threads of `crew`."""

    def __init__(self, net: Net, loss: Loss, optimizer: torch.optim.Optimizer, crew: Crew) -> None:
        self.net, self.loss, self.optimizer, self.crew = net, loss, optimizer, crew
        self.params = list(net.encoder.parameters())

    def take(self, parts: list[Batch], numbers: tuple[int, ...], rate: float) -> tuple[float, int]:
        """One step on `parts`, by the chance that follows from `numbers`; the mean loss and how many places it is of.

        Raises:
            Diverged: the loss is NaN or infinite; the net is as it was before the step.
        """
        places = sum(len(each.place) for each in parts)
        table = self.net.table_with_unknown()
        # The parts share the table and what is made of it: one way back through it, with the sum of what they found.
        leaf = table.detach().requires_grad_()
        bias = self.net.bias.detach().requires_grad_()
        against = self.loss.against(leaf, bias)
        wanted = [*self.params, leaf, bias]

        def work(number: int) -> tuple[float, list[Tensor | None]]:
            dropout.seed(*numbers, number)
            batch, rng = parts[number], np.random.default_rng((*numbers, number))
            with torch.enable_grad():
                value = self.loss(batch, leaf, bias, against, rng) * (len(batch.place) / places)
                return float(value.detach()), list(torch.autograd.grad(value, wanted, allow_unused=True))

        found = self.crew.map(work, range(len(parts)))
        value = sum(each for each, _ in found)
        if not math.isfinite(value):
            raise _diverged(value, parts, numbers, rate)
        self._move([_sum(grads) for grads in zip(*(each for _, each in found), strict=True)], table, rate)
        return value, places

    def check(self, epoch: int) -> None:
        """Whether an epoch left numbers.

        Raises:
            Diverged: it did not.
        """
        if not all(bool(torch.isfinite(each).all()) for each in self.net.parameters()):
            raise Diverged(
                f"a weight became infinite at the end of epoch {epoch}", where="its last batch", remedy=REMEDY
            )

    def _move(self, grads: list[Tensor | None], table: Tensor, rate: float) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        *own, of_table, of_bias = grads
        for parameter, grad in zip(self.params, own, strict=True):
            parameter.grad = grad
        table.backward(of_table)  # type: ignore[no-untyped-call]
        self.net.bias.grad = of_bias
        nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()


def _sum(grads: tuple[Tensor | None, ...]) -> Tensor | None:
    found = [grad for grad in grads if grad is not None]
    for grad in found[1:]:
        found[0].add_(grad)
    return found[0] if found else None


def _diverged(value: float, parts: list[Batch], numbers: tuple[int, ...], rate: float) -> Diverged:
    _, epoch, step = numbers
    items = np.unique(np.concatenate([each.target.ravel() for each in parts]))
    return Diverged(
        f"the loss became {value} in epoch {epoch}, batch {step + 1}: {sum(len(each.kind) for each in parts)} windows, "
        f"{sum(len(each.place) for each in parts)} places, rows of items {items[0]}–{items[-1]}",
        where=f"rate {rate:.2g}",
        remedy=REMEDY,
    )
