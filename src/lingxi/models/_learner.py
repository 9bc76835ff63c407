"""What every model with a net over sequences shares: what it reads, how it learns, how it is exported.

A file beside this one adds its `Config`, and the blocks of its net.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from msgspec import structs
from torch import nn

from lingxi.domain.bundle import Component
from lingxi.domain.history import Goods, Interactions
from lingxi.models._census import PART, Census, census_of
from lingxi.models._content import parts_of, text_bytes, told_by_text, told_by_titles
from lingxi.models._crew import PARTS
from lingxi.models._export import write
from lingxi.models._gather import Rows, gather
from lingxi.models._goal import liked
from lingxi.models._memory import need_of
from lingxi.models._moments import Batches, Moments
from lingxi.models._net import Net
from lingxi.models._notebook import Notebook
from lingxi.models._past import check_counts
from lingxi.models._reads import Reads
from lingxi.models._schedule import Plan
from lingxi.models._settings import Settings, Shape
from lingxi.models._together import Company
from lingxi.models._trainer import train
from lingxi.models._validation import Exam
from lingxi.nn.blocks import Block
from lingxi.nn.encoder import Encoder, Reading, Served
from lingxi.nn.items import ItemTable, Meaning
from lingxi.nn.onnx import export_served
from lingxi.ports.model import Need, Watch
from lingxi.runtimes.encoder_onnx import NET

TOKENS, STEPS = 2048, 200
"""Moments of a step at most, and steps of an epoch at least, unless told."""
ONE_KIND = 0.05
"""The share of kinds that is hidden where there is only one, at most."""
Blocks = Callable[[Any, Shape], Sequence[Block]]
"""Makes the blocks of a net by a model's Config and the shape that follows from it and from the data."""


class Learner:
    """Learns from sequences, and exports an encoder. `part` is its component's name in the pipeline."""

    part = "sequence"

    def __init__(self, config: Settings, seed: int, blocks: Blocks) -> None:
        self.config, self.seed, self.blocks = config, seed, blocks
        self.ids: list[str] = []
        self.new = 0
        self.catalogue = 0
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
        self.catalogue = len(goods)
        census = self._census(past)
        check_counts(census.have(), goods, events=100, items=10, shoppers=10)
        known = self._vocabulary(census.met())
        new = told_by_text(goods, known, self.config.content, self.config.most - len(known))
        every, self.new = np.append(known, new), len(new)
        self.ids = [goods.ids[number] for number in every]
        parts = parts_of(goods, every, len(known), self.config.content, self.config.sizes()[0])
        self.reads, said = _told_of_words(census.reads, [goods.titles[number] for number in every], parts)
        census = replace(census.of_known(known), reads=self.reads)
        if self._notebook is not None:
            self._notebook.of([*self.ids, *self.reads.names()])
        row = np.full(len(goods) + 1, len(known), dtype=np.int64)
        row[known] = np.arange(len(known))
        counts = census.worth(known)
        ready = gather(past, census, Rows(row, len(known)), self.config.horizon_days, self._folder)
        batches = self._batches(ready, len(known))
        times = _told_by_times(ready) if self.config.times is None else self.config.times
        shape = self.config.shape(len(ready) / len(known), times)
        self.net = self._net(shape, counts, parts, said)
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
            arrays = {"vectors": vectors, "bias": bias, **self._read(net)}
        home = write(folder, name, self.ids, arrays)
        export_served(Served(net.encoder), vectors.shape[1], home / NET)
        reads = {"queries": "words" in arrays, "traits": "traits" in arrays}
        settings = {"length": self.config.length, "items": self.catalogue, **reads, **self.reads.numbers.settings()}
        return Component(name=name, runtime="encoder_onnx", folder=name, settings=settings)

    def _census(self, past: Interactions) -> Census:
        return census_of(past, self.config.reads, self.config.aims)

    def _read(self, net: Net) -> dict[str, npt.NDArray[Any]]:
        """What of queries and traits is read, and what it says."""
        arrays = dict[str, npt.NDArray[Any]]()
        if (words := net.words()) is not None:
            arrays |= {"words": self.reads.codes, "word_vectors": words.numpy()}
        if (traits := net.encoder.traits) is not None:
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

    def _net(
        self, shape: Shape, counts: npt.NDArray[np.int64], parts: list[nn.Module], said: npt.NDArray[np.float32] | None
    ) -> Net:
        numbers = self.reads.numbers
        reading = Reading(
            shape.width,
            numbers.count,
            shape.input_dropout,
            shape.times,
            gains=numbers.gains() if numbers.first else None,
            words=len(self.reads.codes),
            traits=len(self.reads.traits),
            cosine=self.config.cosine,
        )
        alone = self.config.own_dropout if any(isinstance(part, Meaning) for part in parts) else 0.0
        encoder = Encoder(reading, self.blocks(self.config, shape))
        table = ItemTable(counts, parts, shape.width, alone, of_one=self.config.cosine > 0)
        return Net(encoder, table, said)

    def _plan(self) -> Plan:
        names = Plan.__struct_fields__
        given = {name: value for name, value in structs.asdict(self.config).items() if name in names}
        return Plan(**given, seed=self.seed)


def _told_of_words(
    reads: Reads, titles: Sequence[str], parts: Sequence[nn.Module]
) -> tuple[Reads, npt.NDArray[np.float32] | None]:
    """What is read where queries and texts both are: the words of titles too. And what each of the words means,
    float32[words, k], 0 for one that no title has; None where nothing tells."""
    meaning = next((part for part in parts if isinstance(part, Meaning)), None)
    if meaning is None or not len(reads.codes):
        return reads, None
    codes, vectors = told_by_titles(titles, meaning.fixed.numpy())
    reads = reads.knowing(codes)
    said = np.zeros((len(reads.codes), vectors.shape[1]), dtype=np.float32)
    said[np.searchsorted(reads.codes, codes)] = vectors
    return reads, said


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
