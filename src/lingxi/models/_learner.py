"""What every model with a net over sequences shares: what it reads, how it learns, how it is exported.

A file beside this one adds its `Config`, and the blocks of its net.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Struct, structs
from torch import nn

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.models._content import Kind, parts_of
from lingxi.models._crew import PARTS
from lingxi.models._export import write
from lingxi.models._goal import Aim, Aims, aims_of, check_aims, counts_of, liked, of_known
from lingxi.models._memory import need_of
from lingxi.models._moments import Batches, Moments, prepare
from lingxi.models._net import Net
from lingxi.models._notebook import Notebook
from lingxi.models._past import check_enough
from lingxi.models._reads import Read, Reads, reads_of
from lingxi.models._schedule import Plan
from lingxi.models._trainer import train
from lingxi.models._validation import Exam
from lingxi.nn.blocks import Block
from lingxi.nn.encoder import Encoder, Reading, Served
from lingxi.nn.items import ItemTable
from lingxi.nn.onnx import export_served
from lingxi.ports.model import Need, Range, Watch
from lingxi.runtimes._kinds import Numbers
from lingxi.runtimes.encoder_onnx import NET

SIZES = {"small": (64, 2, 2), "base": (128, 2, 4), "large": (256, 4, 8)}
"""Width, layers and heads."""
SIZED = ("length", "width", "layers", "heads", "wide", "taps", "speeds")
COUNTED = ("targets", "least", "most", "epochs", "patience", "threads")
SHARES = ("dropout", "input_dropout", "masked", "filter_share")
"""Settings of any net by what they may be."""
NET_SPACE = {
    "size": ("small", "base"),
    "dropout": Range(0.0, 0.6),
    "input_dropout": Range(0.0, 0.6),
    "rate": Range(0.001, 0.01, log=True),
    "decay": Range(0.0001, 0.1, log=True),
}
"""What a search for the settings of a net goes through."""
ONE_KIND = 0.05
"""The share of kinds that is hidden where there is only one, at most."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every net over sequences can be told.

    `size` gives `width`, `layers` and `heads` where those are not given: small 64, 2, 2; base 128, 2, 4; large 256, 4,
    8. `dropout`: in the blocks; `input_dropout`: of what they read. `length`: moments read. `horizon_days`: in which
    targets lie, 0 for the next moment alone; `targets`: drawn a place. `content`: what is told of items beside their
    ids, of `category`, `brand`, `price`, `words` (of their titles). `reads`: what is told of acts beside their items,
    of `kind` (else all are alike), `query` (searches, by their words), `rating` (how good one was, as an input and as a
    target), `trait` (what the shopper is, but for what is sensitive). `aims`: the kinds that are targets: the
    `strongest` that the log holds, all `weighted` by how rare they are, or a weight for each. `times`: whether ages are
    read, None where they tell more than an order does. `least`: events that an item needs to be known; `most`: items
    known. `tokens`: moments a step, None by the log's size. `masked`: share of kinds hidden as `any`, so that kinds
    unseen in training can be read, where there is more than one. `negatives`: items in a sampled softmax, 0 for the
    whole catalogue, None to choose by its size. `rate`, `decay`: of learning, of matrices. `minutes`: the budget of a
    fit. `epochs`: at most (with validation) or exactly; `patience`: epochs without a better one; `threads`: of the CPU.
    """

    size: Literal["small", "base", "large"] = "small"
    width: int | None = None
    layers: int | None = None
    heads: int | None = None
    dropout: float = 0.3
    input_dropout: float = 0.3
    length: int = 50
    horizon_days: float = 0.0
    targets: int = 16
    content: tuple[Kind, ...] = ("category",)
    reads: tuple[Read, ...] = ("kind", "query", "rating")
    aims: Aims = "strongest"
    times: bool | None = None
    least: int = 1
    most: int = 2_000_000
    masked: float = 0.2
    negatives: int | None = None
    rate: float = 0.004
    decay: float = 0.01
    tokens: int | None = None
    minutes: float = 15.0
    epochs: int = 30
    patience: int = 5
    threads: int = 2

    def __post_init__(self) -> None:
        for name in (*SIZED, *COUNTED):
            if (value := getattr(self, name, None)) is not None and value < 1:
                raise ValueError(f"`{name}` must be at least 1, not {value}")
        for name in SHARES:
            if not 0.0 <= (value := getattr(self, name, 0.0)) < 1.0:
                raise ValueError(f"`{name}` must be at least 0 and below 1, not {value}")
        for name in ("rate", "minutes"):
            if not 0.0 < (value := getattr(self, name)) < float("inf"):
                raise ValueError(f"`{name}` must be above 0, not {value}")
        check_aims(self.aims)
        width, _, heads = self.sizes()
        if width % heads:
            raise ValueError(f"`width` must be a multiple of `heads`, {width} is none of {heads}")

    def sizes(self) -> tuple[int, int, int]:
        """Width, layers and heads: those that are given, else those of `size`."""
        width, layers, heads = SIZES[self.size]
        return self.width or width, self.layers or layers, self.heads or heads


class Shape(Struct, frozen=True):
    """What a net is made of, once the size is known: see `Settings`."""

    width: int
    layers: int
    heads: int
    dropout: float
    length: int
    times: bool


Blocks = Callable[[Any, Shape], Sequence[Block]]
"""Makes the blocks of a net by a model's Config and the shape that follows from it and from the data."""


class Learner:
    """Learns from sequences, and exports an encoder. `part` is its component's name in the pipeline."""

    part = "sequence"

    def __init__(self, config: Settings, seed: int, blocks: Blocks) -> None:
        self.config, self.seed, self.blocks = config, seed, blocks
        self.ids: list[str] = []
        self.numbers = Numbers(())
        self.codes = self.traits = np.empty(0, dtype=np.int32)
        self.net: Net | None = None
        self._notebook: Notebook | None = None

    def resume_in(self, folder: Path) -> None:
        """See `ports.model.Resumable`."""
        self._notebook = Notebook(folder)

    def need(self, past: Interactions, goods: Goods) -> Need:  # noqa: ARG002 (the past decides)
        """See `ports.model.Estimating`."""
        read = reads_of(past, self.config.reads)
        known = self._vocabulary(_targets(read.acts, self._aims(read)))
        return need_of(len(read.acts), len(known), self.config.sizes()[0], sampled=self.config.negatives != 0)

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Trains; with `validation` it keeps the best epoch by NDCG at 10 on it and returns how many that took.

        Raises:
            NotEnoughData: fewer than 10 shoppers, 10 items or 100 events with an item.
            Diverged: the loss became NaN.
        """
        torch.manual_seed(self.seed)
        read = reads_of(past, self.config.reads)
        acts, aims = read.acts, self._aims(read)
        goal = _targets(acts, aims)
        check_enough(goal, goods, events=100, items=10, shoppers=10)
        known = self._vocabulary(goal)
        self.ids = [goods.ids[number] for number in known]
        row = np.full(len(goods) + 1, len(known), dtype=np.int64)
        row[known] = np.arange(len(known))
        self.numbers, self.codes, self.traits = read.numbers, read.codes, read.traits
        rows = np.where(acts.item >= 0, row[acts.item], -1)
        aims = of_known(aims, rows < len(known))
        counts = counts_of(aims, rows, len(known))
        ready = prepare(acts, rows, read.number, aims, self.config.horizon_days, read.words(), read.people())
        batches = self._batches(ready)
        shape = self._shape(_told_by_times(ready) if self.config.times is None else self.config.times)
        self.net = self._net(shape, counts, parts_of(goods, known, self.config.content, shape.width))
        until_ms = (until - int(acts.at.min())) // 1000 if shape.times else None
        exam = None if validation is None else Exam(batches, liked(validation, read.scale), row, until_ms)
        result: dict[str, Any] = train(self.net, batches, counts, exam, self._plan(), watch, self._notebook)
        return result

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `encoder_onnx`; nothing in it names a shopper."""
        assert self.net is not None, "export follows fit"  # noqa: S101 (a promise of the port)
        net = self.net.eval()
        with torch.no_grad():
            vectors = net.table_with_unknown().numpy()
            arrays = {"vectors": vectors, "bias": net.bias.detach().numpy()}
            if net.encoder.words is not None:
                arrays |= {"words": self.codes, "word_vectors": net.encoder.words.weight.detach().numpy()}
            if (traits := net.encoder.traits) is not None:
                arrays |= {"traits": self.traits, "traits_read": traits.read.weight.detach().numpy()}
                arrays |= {"traits_asked": traits.asked.weight.detach().numpy()}
        home = write(folder, name, self.ids, arrays)
        export_served(Served(net.encoder), vectors.shape[1], home / NET)
        reads = {"queries": "words" in arrays, "traits": "traits" in arrays}
        settings = {"length": self.config.length, **reads, **self.numbers.settings()}
        return Component(name=name, runtime="encoder_onnx", folder=name, settings=settings)

    def _aims(self, read: Reads) -> list[Aim]:
        return aims_of(read.acts, self.config.aims, read.scale)

    def _batches(self, ready: Moments) -> Batches:
        """A small log still makes some thirty steps an epoch, of two parts each."""
        config = self.config
        tokens = max(min(config.tokens or 2048, 2 * len(ready) // 30), 2 * config.length)
        masked = config.masked if len(np.unique(ready.kind)) > 1 else min(config.masked, ONE_KIND)
        return Batches(ready, config.length, tokens // PARTS, config.targets, masked)

    def _vocabulary(self, goal: Interactions) -> npt.NDArray[np.intp]:
        """Item numbers that are known: those met often enough, the most frequent if they are too many."""
        counts = np.bincount(goal.item)
        # In a small log nothing is met often: at least the ten most frequent items are known.
        least = min(self.config.least, int(np.sort(counts)[-10:].min())) if len(counts) >= 10 else 1
        known = np.flatnonzero(counts >= max(least, 1))
        if len(known) > self.config.most:
            known = np.sort(known[np.argsort(-counts[known], kind="stable")[: self.config.most]])
        return known

    def _shape(self, times: bool) -> Shape:
        config = self.config
        width, layers, heads = config.sizes()
        return Shape(
            width=width,
            layers=layers,
            heads=heads,
            dropout=config.dropout,
            length=config.length,
            times=times,
        )

    def _net(self, shape: Shape, counts: npt.NDArray[np.int64], parts: list[nn.Module]) -> Net:
        reading = Reading(
            shape.width,
            self.numbers.count,
            self.config.input_dropout,
            shape.times,
            gains=self.numbers.gains() if self.numbers.first else None,
            words=len(self.codes),
            traits=len(self.traits),
        )
        return Net(Encoder(reading, self.blocks(self.config, shape)), ItemTable(counts, parts, shape.width))

    def _plan(self) -> Plan:
        names = Plan.__struct_fields__
        given = {name: value for name, value in structs.asdict(self.config).items() if name in names}
        return Plan(**given, seed=self.seed)


def _targets(acts: Interactions, aims: list[Aim]) -> Interactions:
    """The acts that can be targets."""
    return acts.where(np.logical_or.reduce([np.zeros(len(acts), dtype=np.bool_), *(aim.chosen for aim in aims)]))


def _told_by_times(moments: Moments) -> bool:
    """Whether times tell more than an order: in a file that is only an order all gaps are equal."""
    gaps = np.diff(moments.at)[np.diff(moments.shopper) == 0]
    return len(np.unique(gaps[gaps > 0])) > 1
