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
from lingxi.models._census import PART, Census, census_of
from lingxi.models._content import Kind, parts_of, text_bytes, told_by_text
from lingxi.models._crew import PARTS
from lingxi.models._export import write
from lingxi.models._gather import Rows, gather
from lingxi.models._goal import Aims, check_aims, liked
from lingxi.models._memory import need_of
from lingxi.models._moments import Batches, Moments
from lingxi.models._net import Net
from lingxi.models._notebook import Notebook
from lingxi.models._past import check_counts
from lingxi.models._reads import Read, Reads
from lingxi.models._schedule import Plan
from lingxi.models._together import Company
from lingxi.models._trainer import train
from lingxi.models._validation import Exam
from lingxi.nn.blocks import Block
from lingxi.nn.encoder import Encoder, Reading, Served
from lingxi.nn.items import ItemTable, Meaning
from lingxi.nn.onnx import export_served
from lingxi.ports.model import Need, Range, Watch
from lingxi.runtimes.encoder_onnx import NET

SIZES = {"small": (64, 2, 2), "base": (128, 2, 4), "large": (256, 4, 8)}
"""Width, layers and heads."""
SIZED = ("length", "width", "layers", "heads", "wide", "taps", "speeds")
COUNTED = ("targets", "least", "most", "epochs", "patience", "threads")
SHARES = ("dropout", "input_dropout", "own_dropout", "masked", "hidden", "filter_share")
"""Settings of any net by what they may be."""
DROPOUTS = (None, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
NET_SPACE = {
    "size": ("small", "base"),
    "dropout": DROPOUTS,
    "input_dropout": DROPOUTS,
    "hidden": Range(0.0, 0.3),
    "rate": Range(0.001, 0.01, log=True),
    "decay": Range(0.0001, 0.1, log=True),
    "item_decay": Range(0.01, 1.0, log=True),
}
"""What a search for the settings of a net goes through."""
TOKENS, STEPS = 2048, 200
"""Moments of a step at most, and steps of an epoch at least, unless told."""
SELDOM, OFTEN = 12.0, 400.0
"""Moments for each item: where dropout takes half, and where it takes a tenth."""
ONE_KIND = 0.05
"""The share of kinds that is hidden where there is only one, at most."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every net over sequences can be told.

    `size` gives `width`, `layers` and `heads` where those are not given: small 64, 2, 2; base 128, 2, 4; large 256, 4,
    8. `dropout`: in the blocks; `input_dropout`: of what they read; both follow from how often items were met where
    they are None. `hidden`: share of acts whose item is hidden while training, as one that is not known. `length`:
    moments read. `horizon_days`: in which targets lie, 0 for the next moment alone; `targets`: drawn a place.
    `content`: what is told of items beside their ids, of `category`, `brand`, `price`, `words` (of their titles),
    `text` (what an encoder makes of them; it tells items that were never met, too); `own_dropout`: with it, the share
    of items that a step knows by content alone. `reads`: what is told of acts beside their items, of `kind` (else all
    are alike), `query` (searches, by their words), `rating` (how good one was, as an input and as a target), `trait`
    (what the shopper is, but for what is sensitive). `aims`: the kinds that are targets: the `strongest` that the log
    holds, all `weighted` by how rare they are, or a weight for each. `times`: whether ages are read, None where they
    tell more than an order does. `least`: events that an item needs to be known; `most`: items known. `tokens`: moments
    a step, None by the log's size. `masked`: share of kinds hidden as `any`, so that kinds unseen in training can be
    read, where there is more than one. `negatives`: items in a sampled softmax, 0 for the whole catalogue, None to
    choose by its size. `rate`, `decay`, `item_decay`: of learning, of matrices, of items' vectors. `minutes`: the
    budget of a fit. `epochs`: at most (with validation) or exactly; `patience`: epochs without a better one;
    `threads`: of the CPU.
    """

    size: Literal["small", "base", "large"] = "small"
    width: int | None = None
    layers: int | None = None
    heads: int | None = None
    dropout: float | None = None
    input_dropout: float | None = None
    hidden: float = 0.1
    length: int = 50
    horizon_days: float = 0.0
    targets: int = 16
    content: tuple[Kind, ...] = ("category",)
    own_dropout: float = 0.1
    reads: tuple[Read, ...] = ("kind", "query", "rating")
    aims: Aims = "strongest"
    times: bool | None = None
    least: int = 1
    most: int = 2_000_000
    masked: float = 0.2
    negatives: int | None = None
    rate: float = 0.002
    decay: float = 0.01
    item_decay: float = 0.2
    tokens: int | None = None
    minutes: float = 15.0
    epochs: int = 40
    patience: int = 5
    threads: int = 2

    def __post_init__(self) -> None:
        for name in (*SIZED, *COUNTED):
            if (value := getattr(self, name, None)) is not None and value < 1:
                raise ValueError(f"`{name}` must be at least 1, not {value}")
        for name in SHARES:
            if not 0.0 <= (value := getattr(self, name, None) or 0.0) < 1.0:
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
    input_dropout: float
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
        self.new = 0
        self.reads = Reads.nothing()
        self.net: Net | None = None
        self._notebook: Notebook | None = None
        self._folder: Path | None = None
        self._company: Company | None = None

    @property
    def reads_text(self) -> bool:
        """See `ports.model.ReadingText`."""
        return "text" in self.config.content

    def resume_in(self, folder: Path) -> None:
        """See `ports.model.Resumable`."""
        self._notebook, self._folder = Notebook(folder), folder

    def share(self, rank: int, workers: int, folder: Path) -> None:
        """See `ports.model.Sharing`."""
        self._company = Company(rank, workers, str(folder))

    def need(self, past: Interactions, goods: Goods) -> Need:
        """See `ports.model.Estimating`."""
        census = self._census(past)
        known = self._vocabulary(census.met())
        need = need_of(
            len(census), len(known), self.config.sizes()[0], sampled=self.config.negatives != 0, aims=len(census.aims)
        )
        return structs.replace(need, bytes=need.bytes + text_bytes(goods, self.config.content))

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Trains; with `validation` it keeps the best epoch by NDCG at 10 on it and returns how many that took.

        Raises:
            NotEnoughData: fewer than 10 shoppers, 10 items or 100 events with an item.
            Diverged: the loss became NaN.
            Incompatible: what it should go on with is a net of other items, words or traits.
        """
        torch.manual_seed(self.seed)
        census = self._census(past)
        check_counts(census.have(), goods, events=100, items=10, shoppers=10)
        known = self._vocabulary(census.met())
        census, self.reads = census.of_known(known), census.reads
        new = told_by_text(goods, known, self.config.content, self.config.most - len(known))
        every, self.new = np.append(known, new), len(new)
        self.ids = [goods.ids[number] for number in every]
        if self._notebook is not None:
            self._notebook.of([*self.ids, *self.reads.names()])
        row = np.full(len(goods) + 1, len(known), dtype=np.int64)
        row[known] = np.arange(len(known))
        counts = census.worth(known)
        ready = gather(past, census, Rows(row, len(known)), self.config.horizon_days, self._folder)
        batches = self._batches(ready, len(known))
        shape = self._shape(ready, len(known))
        self.net = self._net(shape, counts, parts_of(goods, every, len(known), self.config.content, shape.width))
        until_ms = (until - census.first) // 1000 if shape.times else None
        exam = None if validation is None else Exam(batches, liked(validation, self.reads.scale), row, until_ms)
        result: dict[str, Any] = train(
            self.net, batches, counts, exam, self._plan(), watch, self._notebook, self._company
        )
        return result

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `encoder_onnx`; nothing in it names a shopper."""
        assert self.net is not None, "export follows fit"  # noqa: S101 (a promise of the port)
        net = self.net.eval()
        with torch.no_grad():
            vectors, bias = (each.numpy() for each in net.items.served(self.new))
            arrays = {"vectors": vectors, "bias": bias, **self._read(net.encoder)}
        home = write(folder, name, self.ids, arrays)
        export_served(Served(net.encoder), vectors.shape[1], home / NET)
        reads = {"queries": "words" in arrays, "traits": "traits" in arrays}
        settings = {"length": self.config.length, **reads, **self.reads.numbers.settings()}
        return Component(name=name, runtime="encoder_onnx", folder=name, settings=settings)

    def _census(self, past: Interactions) -> Census:
        return census_of(past, self.config.reads, self.config.aims)

    def _read(self, encoder: Encoder) -> dict[str, npt.NDArray[Any]]:
        """What of queries and traits is read, and what it says."""
        arrays = dict[str, npt.NDArray[Any]]()
        if encoder.words is not None:
            arrays |= {"words": self.reads.codes, "word_vectors": encoder.words.weight.numpy()}
        if (traits := encoder.traits) is not None:
            arrays |= {"traits": self.reads.traits, "traits_read": traits.read.weight.numpy()}
            arrays |= {"traits_asked": traits.asked.weight.numpy()}
        return arrays

    def _batches(self, ready: Moments, unknown: int) -> Batches:
        """A small log still makes many steps an epoch, of two parts each."""
        config = self.config
        tokens = max(config.tokens or min(TOKENS, len(ready) // STEPS), 2 * config.length)
        masked = config.masked if ready.kind.min() < ready.kind.max() else min(config.masked, ONE_KIND)
        return Batches(ready, config.length, tokens // PARTS, config.targets, masked, config.hidden, unknown)

    def _vocabulary(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """Item numbers that are known, by how often each was met: those met often enough, the most frequent if they are
        too many."""
        # In a small log nothing is met often: at least the ten most frequent items are known.
        least = min(self.config.least, int(np.sort(counts)[-10:].min())) if len(counts) >= 10 else 1
        known = np.flatnonzero(counts >= max(least, 1))
        if len(known) > self.config.most:
            known = np.sort(known[np.argsort(-counts[known], kind="stable")[: self.config.most]])
        return known

    def _shape(self, ready: Moments, known: int) -> Shape:
        config, usual = self.config, usual_dropout(len(ready) / max(known, 1))
        width, layers, heads = config.sizes()
        return Shape(
            width=width,
            layers=layers,
            heads=heads,
            dropout=usual if config.dropout is None else config.dropout,
            input_dropout=usual if config.input_dropout is None else config.input_dropout,
            length=config.length,
            times=_told_by_times(ready) if config.times is None else config.times,
        )

    def _net(self, shape: Shape, counts: npt.NDArray[np.int64], parts: list[nn.Module]) -> Net:
        numbers = self.reads.numbers
        reading = Reading(
            shape.width,
            numbers.count,
            shape.input_dropout,
            shape.times,
            gains=numbers.gains() if numbers.first else None,
            words=len(self.reads.codes),
            traits=len(self.reads.traits),
        )
        alone = self.config.own_dropout if any(isinstance(part, Meaning) for part in parts) else 0.0
        return Net(Encoder(reading, self.blocks(self.config, shape)), ItemTable(counts, parts, shape.width, alone))

    def _plan(self) -> Plan:
        names = Plan.__struct_fields__
        given = {name: value for name, value in structs.asdict(self.config).items() if name in names}
        return Plan(**given, seed=self.seed)


def usual_dropout(met: float) -> float:
    """What dropout takes where items were met `met` times in the mean: what was met seldom is soon learnt by heart."""
    return round(float(np.interp(np.log(max(met, 1.0)), np.log([SELDOM, OFTEN]), [0.5, 0.1])), 2)


def _told_by_times(moments: Moments) -> bool:
    """Whether times tell more than an order: in a file that is only an order all gaps are equal."""
    met: set[int] = set()
    for start in range(0, len(moments), PART):
        part = slice(start, start + PART + 1)
        gaps = np.diff(moments.at[part])[np.diff(moments.shopper[part]) == 0]
        met.update(np.unique(gaps[gaps > 0])[:2].tolist())
        if len(met) > 1:
            return True
    return False
