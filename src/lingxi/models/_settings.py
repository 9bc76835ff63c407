"""What every net over sequences can be told, and what it is made of by that."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

from lingxi.models._content import Kind
from lingxi.models._goal import Aims, check_aims
from lingxi.models._reads import Read
from lingxi.ports.model import Range

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
    "cosine": (0.0, 8.0, 16.0, 24.0),
}
"""What a search for the settings of a net goes through."""
SELDOM, OFTEN = 12.0, 400.0
"""Moments for each item: where dropout takes half, and where it takes a tenth."""


class Shape(Struct, frozen=True):
    """What a net is made of, once the size is known: see `Settings`."""

    width: int
    layers: int
    heads: int
    dropout: float
    input_dropout: float
    length: int
    times: bool


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
    choose by its size. `cosine`: scores are the cosine of the angle between vectors, times this, and a bias; 0 for
    plain products. `rate`, `decay`, `item_decay`: of learning, of matrices, of items' vectors. `minutes`: the budget of
    a fit. `epochs`: at most (with validation) or exactly; `patience`: epochs without a better one; `threads`: of the
    CPU.
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
    cosine: float = 0.0
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
        if not 0.0 <= self.cosine < float("inf"):
            raise ValueError(f"`cosine` must be at least 0, not {self.cosine}")
        check_aims(self.aims)
        width, _, heads = self.sizes()
        if width % heads:
            raise ValueError(f"`width` must be a multiple of `heads`, {width} is none of {heads}")

    def sizes(self) -> tuple[int, int, int]:
        """Width, layers and heads: those that are given, else those of `size`."""
        width, layers, heads = SIZES[self.size]
        return self.width or width, self.layers or layers, self.heads or heads

    def shape(self, met: float, times: bool) -> Shape:
        """What the net is made of, where items were met `met` times in the mean."""
        width, layers, heads = self.sizes()
        usual = usual_dropout(met)
        return Shape(
            width=width,
            layers=layers,
            heads=heads,
            dropout=usual if self.dropout is None else self.dropout,
            input_dropout=usual if self.input_dropout is None else self.input_dropout,
            length=self.length,
            times=times,
        )


def usual_dropout(met: float) -> float:
    """What dropout takes where items were met `met` times in the mean: what was met seldom is soon learnt by heart."""
    return round(float(np.interp(np.log(max(met, 1.0)), np.log([SELDOM, OFTEN]), [0.5, 0.1])), 2)
