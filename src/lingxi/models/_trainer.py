"""The training loop of nets over sequences: epochs within a budget, a rate that falls, weights that are averaged over
the steps, the best epoch kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lingxi.models._crew import Crew, ahead
from lingxi.models._loss import Loss, choose
from lingxi.models._moments import Batch, Batches
from lingxi.models._net import Net
from lingxi.models._notebook import Note, Notebook
from lingxi.models._schedule import Plan, Schedule
from lingxi.models._steps import Steps
from lingxi.models._together import Company, Together
from lingxi.models._validation import Exam
from lingxi.nn.average import Average
from lingxi.nn.lazy import RowAdam
from lingxi.ports.model import Watch
from lingxi.spans import span


def train(
    net: Net,
    batches: Batches,
    counts: npt.NDArray[np.int64],
    exam: Exam | None,
    plan: Plan,
    watch: Watch,
    notebook: Notebook | None = None,
    company: Company | None = None,
) -> dict[str, Any]:
    """Trains `net` in place; it then holds the mean of its weights over the last steps. Returns `epochs` (with an exam:
    of the best one, whose mean it is), the `curve` of each epoch's figures and the `negatives` that were chosen. With a
    `notebook` it goes on where that says it was. In a `company` of processes all learn the same net.

    Raises:
        Diverged: the loss became NaN; the notebook holds the last whole epoch.
    """
    negatives = plan.negatives
    if negatives is None:
        negatives = choose(batches.places(), len(counts), net.encoder.reading.width, plan)
    dense, lazy = _optimizers(net, plan, rows=negatives > 0)
    optimizers = [dense] if lazy is None else [dense, lazy]
    crew = Crew(plan.threads) if company is None else Together(plan.threads, company)
    clock = Schedule(plan, batches.places(), crew.now)
    average = Average(net)
    note, best = _begin(average, optimizers, notebook)
    clock.go_on(note)
    for figures in note.curve:
        watch("sequence", clock.progress(), **figures)
    with crew:
        steps = Steps(net, Loss(net, counts, negatives), dense, lazy, crew)
        while note.epoch < plan.epochs and not note.ended:
            before = clock.seconds()
            with span("epoch"):
                loss = _epoch(steps, average, batches, clock, note.epoch + 1, watch)
            figures = {"epoch": float(note.epoch + 1), "loss": loss, "seconds": clock.seconds()}
            figures["took"] = clock.seconds() - before
            if exam is not None:
                with span("exam"), average.as_mean():
                    figures |= exam.take(net.eval(), crew)
            watch("sequence", clock.progress(), **figures)
            note = _noted(note, figures, clock, plan)
            if exam is not None and note.found == note.epoch:
                best = average.copy()
            if notebook is not None and crew.first:
                with span("notebook"):
                    notebook.write(note, average, optimizers, best)
    average.settle(best)
    epochs = note.found if best is not None else len(note.curve)
    return {"epochs": epochs, "curve": note.curve, "negatives": negatives}


def _begin(
    average: Average, optimizers: list[torch.optim.Optimizer], notebook: Notebook | None
) -> tuple[Note, dict[str, Tensor] | None]:
    held = notebook.read(average, optimizers) if notebook is not None else None
    if held is not None:
        return held
    return Note(epoch=0, best=-1.0, found=0, done=0, seconds=0.0, ended=False, curve=[]), None


def _noted(before: Note, figures: dict[str, float], clock: Schedule, plan: Plan) -> Note:
    """The note after one more epoch; `found` stays 0 without an exam."""
    epoch, value = before.epoch + 1, figures.get("ndcg", 0.0)
    better = "ndcg" in figures and value > before.best
    best, found = (value, epoch) if better else (before.best, before.found)
    patient = not found or epoch - found < plan.patience
    return Note(
        epoch=epoch,
        best=best,
        found=found,
        done=clock.done,
        seconds=clock.seconds(),
        ended=clock.spent() or not patient,
        curve=[*before.curve, figures],
    )


def _epoch(steps: Steps, average: Average, batches: Batches, clock: Schedule, epoch: int, watch: Watch) -> float:
    """One pass; returns the mean loss."""
    steps.net.train()
    total, places, began = 0.0, 0, clock.seconds()
    made = _lots(batches, steps.crew.parts, np.random.default_rng((clock.plan.seed, epoch)))
    for number, parts in enumerate(ahead(made)):
        with span("step"):
            value, size = steps.take(parts, (clock.plan.seed, epoch, number), clock.rate())
        with span("average"):
            average.follow()
        total, places = total + value * size, places + size
        clock.step(size)
        speed = places / max(clock.seconds() - began, 1e-9)
        watch("sequence", clock.progress(), loss=total / max(places, 1), places_a_second=speed)
        if clock.spent():
            break
    steps.check(epoch)
    average.catch_up()
    return total / max(places, 1)


def _lots(batches: Batches, parts: int, rng: np.random.Generator) -> Iterator[list[Batch]]:
    """The batches of an epoch, so many a step."""
    made = batches.epoch(rng)
    while some := list(islice(made, parts)):
        yield some


def _optimizers(net: Net, plan: Plan, *, rows: bool) -> tuple[torch.optim.Optimizer, RowAdam | None]:
    """What moves the net; `rows`: the tables of items only in the rows that a step sees."""
    tables = [net.items.own.weight, net.items.bias] if rows else []
    betas = (0.9, 0.98)
    dense = torch.optim.AdamW(_groups(net, plan, tables), lr=plan.rate, betas=betas, fused=True)
    return dense, RowAdam(tables, plan.rate, betas, plan.item_decay) if rows else None


def _groups(net: Net, plan: Plan, without: list[Tensor]) -> list[dict[str, Any]]:
    """Matrices decay, and items' own vectors by a share of their own: what items share is held up by many. Vectors and
    biases do not."""
    named = [*net.encoder.named_parameters(), *net.items.parts.named_parameters()]
    matrices = [p for name, p in named if p.ndim == 2 and "wait" not in name]
    left = {id(p) for p in without}
    own = [p for p in (net.items.own.weight,) if id(p) not in left]
    chosen = left | {id(p) for p in (*matrices, *own)}
    rest = [p for p in net.parameters() if id(p) not in chosen]
    told = ((matrices, plan.decay), (own, plan.item_decay), (rest, 0.0))
    return [{"params": params, "weight_decay": decay} for params, decay in told if params]
