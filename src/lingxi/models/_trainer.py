"""The training loop of nets over sequences: epochs within a budget, a rate that falls, the best epoch kept."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Struct
from torch import Tensor, nn
from torch.nn import functional

from lingxi.models._moments import Batch, Batches
from lingxi.models._notebook import Note, Notebook
from lingxi.models._validation import Exam
from lingxi.nn.encoder import Encoder
from lingxi.nn.items import ItemTable
from lingxi.nn.losses import sampled, whole_catalogue
from lingxi.nn.precision import bfloat16_is_fast
from lingxi.ports.model import Watch

WARM_UP = 0.05
LATE = 0.1
WHOLE_LIMIT = 12_000
"""Items up to which the whole softmax is used when the choice is left to the trainer."""


class Plan(Struct, frozen=True, kw_only=True):
    """How to train; the fields mean what they mean in a model's Config."""

    negatives: int | None
    rate: float
    decay: float
    minutes: float
    epochs: int
    patience: int
    threads: int
    seed: int


class Net(nn.Module):
    """An encoder of acts and the table of items that it reads and predicts."""

    def __init__(
        self,
        encoder: Encoder,
        counts: npt.NDArray[np.int64],
        category: npt.NDArray[np.int32],
        categories: int,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.items = ItemTable(counts, category, categories, encoder.shape.width)

    @property
    def bias(self) -> Tensor:
        """What is added to each item's product, [v]."""
        return self.items.bias

    def table_with_unknown(self) -> Tensor:
        """[v + 1, d]."""
        return self.items.with_unknown()

    def score(self, batch: Batch) -> npt.NDArray[np.float32]:
        """Scores [b, v] at the end of each window."""
        with torch.inference_mode():
            table, kind = self.table_with_unknown(), torch.from_numpy(batch.kind)
            inputs = pool(table, batch.row, batch.share, batch.bag).reshape(*kind.shape, -1)
            state = self.encoder(inputs, kind, torch.from_numpy(batch.age), torch.from_numpy(batch.real))
            vector = self.encoder.ask_at(state[:, -1], torch.from_numpy(batch.wait))
            scores: npt.NDArray[np.float32] = (vector @ table[:-1].T + self.bias).numpy()
        return scores


def pool(table: Tensor, row: Any, share: Any, bag: Any) -> Tensor:
    """The weighed sum of each moment's lines, [moments, d], from numpy arrays."""
    lines, begin, weight = torch.from_numpy(row), torch.from_numpy(bag), torch.from_numpy(share)
    return functional.embedding_bag(lines, table, begin, mode="sum", per_sample_weights=weight)


class Loss:
    """Cross-entropy of a batch, by the plan: whole or sampled, in the precision that is fast here."""

    def __init__(self, net: Net, counts: npt.NDArray[np.int64], negatives: int) -> None:
        self.net, self.negatives = net, negatives
        self.low = bfloat16_is_fast()
        # Drawn by a flattened count: what is rare is met too, and the correction takes the flattening out again.
        share = (counts + 1.0) ** 0.75
        self.edges = np.cumsum(share / share.sum())
        chance = -np.expm1(max(negatives, 1) * np.log1p(-share / share.sum()))
        self.log_chance = torch.from_numpy(np.log(chance)).float()

    def __call__(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        table = self.net.table_with_unknown()
        kind, age = torch.from_numpy(batch.kind), torch.from_numpy(batch.age)
        inputs = pool(table, batch.row, batch.share, batch.bag).reshape(*kind.shape, -1)
        state = self.net.encoder(inputs, kind, age, torch.from_numpy(batch.real))
        places = state.reshape(-1, state.shape[-1])[torch.from_numpy(batch.place)]
        vectors = self.net.encoder.ask_at(places, torch.from_numpy(batch.wait))
        target, weight = torch.from_numpy(batch.target), torch.from_numpy(batch.weight)
        if not self.negatives:
            return whole_catalogue(vectors, table[:-1], self.net.bias, target, weight, self.low)
        drawn = torch.from_numpy(np.unique(np.searchsorted(self.edges[:-1], rng.random(self.negatives))))
        chance = self.log_chance[drawn]
        return sampled(vectors, table, self.net.bias, target, weight, drawn, chance, self.low)


def train(
    net: Net,
    batches: Batches,
    counts: npt.NDArray[np.int64],
    exam: Exam | None,
    plan: Plan,
    watch: Watch,
    notebook: Notebook | None = None,
) -> dict[str, Any]:
    """Trains `net` in place. Returns `epochs` (with an exam: of the best one, which the net then holds), the `curve` of
    each epoch's figures and the `negatives` that were chosen. With a `notebook` it goes on where that says it was."""
    negatives = plan.negatives if plan.negatives is not None else _choose(len(counts))
    loss = Loss(net, counts, negatives)
    optimizer = torch.optim.AdamW(_groups(net, plan.decay), lr=plan.rate, betas=(0.9, 0.98), fused=True)
    clock = _Schedule(plan, batches.places())
    note, best_net = _begin(net, optimizer, notebook)
    clock.go_on(note)
    for figures in note.curve:
        watch("sequence", clock.progress(), **figures)
    with _threads(plan.threads):
        while note.epoch < plan.epochs and not note.ended:
            rng = np.random.default_rng((plan.seed, note.epoch + 1))
            mean = _epoch(net, batches, loss, optimizer, clock, rng, watch)
            figures = {"epoch": float(note.epoch + 1), "loss": mean, "seconds": clock.seconds()}
            if exam is not None:
                figures["recall"] = exam.take(net.eval().score)
            watch("sequence", clock.progress(), **figures)
            note = _noted(note, figures, clock, plan)
            if exam is not None and note.found == note.epoch:
                best_net = copy.deepcopy(net.state_dict())
            if notebook is not None:
                notebook.write(note, net, optimizer, best_net)
    if best_net is not None:
        net.load_state_dict(best_net)
    epochs = note.found if best_net is not None else len(note.curve)
    return {"epochs": epochs, "curve": note.curve, "negatives": negatives}


def _begin(
    net: Net, optimizer: torch.optim.Optimizer, notebook: Notebook | None
) -> tuple[Note, dict[str, Tensor] | None]:
    held = notebook.read(net, optimizer) if notebook is not None else None
    if held is not None:
        return held
    return Note(epoch=0, best=-1.0, found=0, done=0, seconds=0.0, ended=False, curve=[]), None


def _noted(before: Note, figures: dict[str, float], clock: _Schedule, plan: Plan) -> Note:
    """The note after one more epoch; `found` stays 0 without an exam."""
    epoch, recall = before.epoch + 1, figures.get("recall", 0.0)
    better = "recall" in figures and recall > before.best
    best, found = (recall, epoch) if better else (before.best, before.found)
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


def _epoch(
    net: Net,
    batches: Batches,
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    clock: _Schedule,
    rng: np.random.Generator,
    watch: Watch,
) -> float:
    """One pass; returns the mean loss."""
    net.train()
    total, places = 0.0, 0
    for batch in batches.epoch(rng):
        for group in optimizer.param_groups:
            group["lr"] = clock.rate()
        value = loss(batch, rng)
        optimizer.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        total, places = total + float(value.detach()) * len(batch.place), places + len(batch.place)
        clock.step(len(batch.place))
        watch("sequence", clock.progress())
        if clock.spent():
            break
    return total / max(places, 1)


class _Schedule:
    """A rate that rises for a moment and falls to nothing by the planned end, or by the budget's if it comes first."""

    def __init__(self, plan: Plan, places: int) -> None:
        self.plan, self.total, self.done = plan, max(plan.epochs * places, 1), 0
        self.start = time.monotonic()

    def go_on(self, note: Note) -> None:
        """As if what is noted had just been done."""
        self.done, self.start = note.done, time.monotonic() - note.seconds

    def step(self, places: int) -> None:
        """So many places more were learnt from."""
        self.done += places

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.start

    def spent(self) -> bool:
        """Whether the budget is."""
        return self.seconds() >= self.plan.minutes * 60

    def progress(self) -> float:
        """Of the whole training, in [0, 1]: by the clock only where the plan is clearly late, so that two fits of one
        seed are equal however fast they ran."""
        planned, spent = self.done / self.total, self.seconds() / (self.plan.minutes * 60)
        return min(1.0, spent if spent > planned + LATE else planned)

    def rate(self) -> float:
        """Of the next step. A cosine: the time decides where the machine is too slow for the plan, else the places."""
        rise = min(1.0, (self.done / self.total + 1e-3) / WARM_UP)
        return self.plan.rate * rise * (0.02 + 0.98 * (1 + math.cos(math.pi * self.progress())) / 2)


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """At most so many threads in torch, for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(number, before)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _groups(net: Net, decay: float) -> list[dict[str, Any]]:
    """Matrices decay; vectors, biases and tables do not."""
    matrices = [p for name, p in net.encoder.named_parameters() if p.ndim == 2 and "wait" not in name]
    chosen = {id(p) for p in matrices}
    rest = [p for p in net.parameters() if id(p) not in chosen]
    return [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def _choose(items: int) -> int:
    return 0 if items <= WHOLE_LIMIT else 4096
