"""A live bundle whose encoder has the vectors that a test gives the items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lingxi.domain.event import KINDS
from lingxi.runtimes._kinds import numbers_of
from lingxi.runtimes._people import Traits
from lingxi.runtimes._vocabulary import Vocabulary
from lingxi.runtimes._words import Words
from lingxi.runtimes.encoder_onnx import Encoder


class LastAct:
    """A net that says of a history what its last moment is."""

    def run(self, _: None, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The last vector of each history, float32[histories, d]."""
        return [np.ascontiguousarray(inputs["vectors"][:, -1])]


@dataclass
class Bundle:
    """Nothing but an encoder."""

    runtimes: Mapping[str, Any]
    id: str = "b"
    statistics: Mapping[str, Any] = field(default_factory=dict)


def bundle_of(vectors: np.ndarray) -> Bundle:
    """Item k of the shop has the k-th of `vectors` float32[k, d]; later items are not known to it."""
    size, width = vectors.shape
    numbers = np.arange(size, dtype=np.int32)
    rows = np.vstack([vectors, np.zeros((1, width))]).astype(np.float32)
    bias = np.append(np.zeros(size), -np.inf).astype(np.float32)
    named = numbers_of([1] * len(KINDS), None).table()
    none = Words.none(width), Traits.none(width)
    encoder = Encoder(LastAct(), Vocabulary(numbers, numbers), rows, bias, named, *none, 8)
    return Bundle({"sequence": encoder})
