"""What comes next: a causal transformer over a shopper's acts with a softmax over the catalogue.

SASRec (Kang and McAuley 2018) for baskets that lie in time: attention sees ages instead of positions, a basket is one
place, and what it learns there is all that the shopper buys within the next days, not one next item.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Struct, structs

from lingxi.domain.bundle import Component
from lingxi.domain.event import KINDS
from lingxi.domain.history import Goods, Interactions
from lingxi.models._export import write
from lingxi.models._moments import Batches, Moments, prepare
from lingxi.models._notebook import Notebook
from lingxi.models._past import check_enough, wanted
from lingxi.models._trainer import Net, Plan, train
from lingxi.models._validation import Exam
from lingxi.nn.encoder import Encoder, Served, Shape
from lingxi.nn.onnx import export_served
from lingxi.ports.model import Watch
from lingxi.runtimes.encoder_onnx import NET


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`width`, `layers`, `heads`, `dropout`: the net. `length`: moments read. `horizon_days`: in which targets lie.
    `targets`: drawn a place. `least`: purchases that an item needs to be known; `most`: items known.

    `tokens`: moments a batch.
    `masked`: share of kinds hidden as `any`, so that kinds unseen in training can be read. `negatives`: items in a
    sampled softmax, 0 for the whole catalogue, None to choose by the budget. `minutes`: the budget of a fit.
    `epochs`: at most (with validation) or exactly; `threads`: of the CPU.
    """

    width: int = 64
    layers: int = 2
    heads: int = 2
    dropout: float = 0.1
    length: int = 64
    horizon_days: float = 14.0
    targets: int = 16
    least: int = 10
    most: int = 100_000
    masked: float = 0.2
    negatives: int | None = None
    rate: float = 0.006
    decay: float = 0.01
    tokens: int = 2048
    minutes: float = 2.0
    epochs: int = 12
    patience: int = 2
    threads: int = 2


class Sequence:
    """Learns, and exports an encoder."""

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed
        self.ids: list[str] = []
        self.kinds = np.ones(len(KINDS), dtype=np.int64)
        self.net: Net | None = None
        self._notebook: Notebook | None = None

    def resume_in(self, folder: Path) -> None:
        """See `ports.model.Resumable`."""
        self._notebook = Notebook(folder)

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Trains; with `validation` it keeps the best epoch by recall at 10 on it and returns how many that took.

        Raises:
            NotEnoughData: fewer than 10 shoppers, 10 items or 100 events with an item.
        """
        torch.manual_seed(self.seed)
        acts = past.where((past.item >= 0) & (past.shopper >= 0))
        goal = wanted(acts)
        check_enough(goal, goods, events=100, items=10, shoppers=10)
        known = self._vocabulary(goal)
        self.ids = [goods.ids[number] for number in known]
        row = np.full(len(goods) + 1, len(known), dtype=np.int64)
        row[known] = np.arange(len(known))
        self.kinds = _kind_numbers(acts.kind)
        rows, kinds = row[acts.item], self.kinds[acts.kind]
        target = (acts.kind == goal.kind[0]) & (rows < len(known))
        counts = np.bincount(rows[target], minlength=len(known))
        ready = prepare(acts, rows, kinds, target, self.config.horizon_days)
        batches = Batches(ready, self.config.length, self._tokens(ready), self.config.targets, self.config.masked)
        self.net = self._net(counts, goods.category[known], len(goods.categories))
        until_ms = (until - int(acts.at.min())) // 1000
        exam = None if validation is None else Exam(batches, validation, row, until_ms)
        result: dict[str, Any] = train(self.net, batches, counts, exam, self._plan(), watch, self._notebook)
        return result

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `encoder_onnx`; nothing in it names a shopper."""
        assert self.net is not None, "export follows fit"  # noqa: S101 (a promise of the port)
        net = self.net.eval()
        with torch.no_grad():
            vectors = net.table_with_unknown().numpy()
            bias = net.bias.detach().numpy()
        home = write(folder, name, self.ids, {"vectors": vectors, "bias": bias})
        export_served(Served(net.encoder), self.config.width, home / NET)
        settings = {"length": self.config.length, "kinds": self.kinds.tolist()}
        return Component(name=name, runtime="encoder_onnx", folder=name, settings=settings)

    def _tokens(self, moments: Moments) -> int:
        """Moments a batch: a small log still makes some thirty steps an epoch."""
        return max(min(self.config.tokens, 2 * len(moments) // 30), 2 * self.config.length)

    def _vocabulary(self, goal: Interactions) -> npt.NDArray[np.intp]:
        """Item numbers that are known: those met often enough, the most frequent if they are too many."""
        counts = np.bincount(goal.item)
        # In a small log nothing is met often: at least the ten most frequent items are known.
        least = min(self.config.least, int(np.sort(counts)[-10:].min())) if len(counts) >= 10 else 1
        known = np.flatnonzero(counts >= max(least, 1))
        if len(known) > self.config.most:
            known = np.sort(known[np.argsort(-counts[known], kind="stable")[: self.config.most]])
        return known

    def _net(self, counts: npt.NDArray[np.int64], category: npt.NDArray[np.int32], categories: int) -> Net:
        config = self.config
        shape = Shape(config.width, config.layers, config.heads, int(self.kinds.max()) + 1, config.dropout)
        return Net(Encoder(shape), counts, category, categories)

    def _plan(self) -> Plan:
        names = Plan.__struct_fields__
        given = {name: value for name, value in structs.asdict(self.config).items() if name in names}
        return Plan(**given, seed=self.seed)


def _kind_numbers(kind: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """The net's number of each kind of the domain: 0 is padding, 1 `any`, which every kind gets that was not met."""
    numbers = np.ones(len(KINDS), dtype=np.int64)
    met = np.unique(kind)
    numbers[met] = np.arange(2, 2 + len(met))
    return numbers


def build(config: Config, seed: int) -> Sequence:
    """An unfitted model."""
    return Sequence(config, seed)
