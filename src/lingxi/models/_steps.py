"""A step: the gradients of its parts, summed, and what the optimizer makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from lingxi.domain.errors import Refused
from lingxi.models._crew import Crew
from lingxi.models._loss import Loss
from lingxi.models._moments import Batch
from lingxi.models._net import Net
from lingxi.models._seen import Seen, everything, some
from lingxi.nn import dropout
from lingxi.nn.lazy import RowAdam
from lingxi.nn.softmax import Against
from lingxi.spans import span

CLIP = 1.0
REMEDY = "train again with a lower `rate` (a third of it); the last whole epoch is kept"


class Diverged(Refused):
    """The loss is no number any more: what was learnt since the last whole epoch is lost."""

    code = "diverged"


class Steps:
    """Takes steps of `net`, in threads of `crew`: `dense` moves all but tables of which a step sees few rows, which
    `lazy` moves."""

    def __init__(self, net: Net, loss: Loss, dense: torch.optim.Optimizer, lazy: RowAdam | None, crew: Crew) -> None:
        self.net, self.loss, self.dense, self.lazy, self.crew = net, loss, dense, lazy, crew
        self.params = list(net.encoder.parameters())

    def take(self, parts: list[Batch], numbers: tuple[int, ...], rate: float) -> tuple[float, int]:
        """One step on `parts`, by the chance that follows from `numbers`; the mean loss and how many places it is of.

        Raises:
            Diverged: the loss is NaN or infinite; the net is as it was before the step.
        """
        places = sum(len(each.place) for each in parts)
        with span("items seen"):
            seen, loss = self._see(parts, numbers)
        wanted = [*self.params, seen.table, seen.bias]

        def work(number: int) -> tuple[float, list[Tensor | None]]:
            dropout.seed(*numbers, number)
            with torch.enable_grad():
                with span("forward"):
                    value = loss(number) * (len(parts[number].place) / places)
                with span("backward"):
                    return float(value.detach()), list(torch.autograd.grad(value, wanted, allow_unused=True))

        found = self.crew.map(work, range(len(parts)))
        value = sum(each for each, _ in found)
        if not math.isfinite(value):
            raise _diverged(value, parts, numbers, rate)
        with span("optimizer"):
            self._move([_sum(grads) for grads in zip(*(each for _, each in found), strict=True)], seen, rate)
        return value, places

    def _see(self, parts: list[Batch], numbers: tuple[int, ...]) -> tuple[Seen, Callable[[int], Tensor]]:
        """What the step sees of the items, shared by its parts, and the loss of a part by its number."""
        if self.lazy is None:
            seen = everything(self.net, parts)
            against = Against(seen.table[:-1], seen.bias, self.loss.low)
            return seen, lambda number: self.loss.whole(seen.parts[number], seen, against)
        drawn = [self.loss.draw(np.random.default_rng((*numbers, number))) for number in range(len(parts))]
        chance = [self.loss.log_chance[each] for each in drawn]
        few = some(self.net, parts, drawn)
        return few, lambda number: self.loss.sampled(few.parts[number], few, few.drawn[number], chance[number])

    def check(self, epoch: int) -> None:
        """Whether an epoch left numbers.

        Raises:
            Diverged: it did not.
        """
        if not all(bool(torch.isfinite(each).all()) for each in self.net.parameters()):
            raise Diverged(
                f"a weight became infinite at the end of epoch {epoch}", where="its last batch", remedy=REMEDY
            )

    def _move(self, grads: list[Tensor | None], seen: Seen, rate: float) -> None:
        self.dense.zero_grad(set_to_none=True)
        *own, of_table, of_bias = grads
        for parameter, grad in zip(self.params, own, strict=True):
            parameter.grad = grad
        assert of_table is not None, "a loss reads items"  # noqa: S101
        assert of_bias is not None, "a loss reads items"  # noqa: S101
        rows = seen.back(of_table, of_bias)
        held = [p for p in self.net.parameters() if p.grad is not None]
        every = [p.grad for p in held if p.grad is not None] + [grad for _, _, grad in rows]
        norm = nn.utils.get_total_norm(every)
        nn.utils.clip_grads_with_norm_(held, CLIP, norm)
        for optimizer in (self.dense, self.lazy):
            for group in optimizer.param_groups if optimizer is not None else ():
                group["lr"] = rate
        self.dense.step()
        if self.lazy is not None:
            scale = float((CLIP / (norm + 1e-6)).clamp(max=1.0))
            self.lazy.move([(table, where, grad * scale) for table, where, grad in rows])


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
