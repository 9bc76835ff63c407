"""An encoder of histories in ONNX Runtime: the newest acts become a vector, its product with the items scores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.domain.history import History
from lingxi.runtimes._files import read_arrays
from lingxi.runtimes._top import top
from lingxi.runtimes._vocabulary import Vocabulary, read_vocabulary

NET = "encoder.onnx"
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Encoder:
    """`vectors` float32[rows + 1, d]: what an item is as an input and as a target; the last row stands for an item that
    is not known. `bias` float32[rows] is added to each item's product. `kinds` int64[kinds of the domain] is the
    number that the net has for a kind. Only the newest `length` acts are read."""

    net: Any
    items: Vocabulary
    vectors: Floats
    bias: Floats
    kinds: npt.NDArray[np.int64]
    length: int

    def encode(self, history: History, now: int) -> Floats:
        """The history at `now` as a vector float32[d]; an empty one has one too."""
        vector: Floats = self.encode_many([history], now)[0]
        return vector

    def encode_many(self, histories: Sequence[History], now: int) -> Floats:
        """float32[len(histories), d] in one run: what a history is without each of its acts costs one batch."""
        longest = max(1, *(min(len(each), self.length) for each in histories))
        shape = (len(histories), longest)
        rows = np.full(shape, len(self.items), dtype=np.int64)
        kinds = np.zeros(shape, dtype=np.int64)
        ages = np.zeros(shape, dtype=np.float32)
        real = np.zeros(shape, dtype=np.float32)
        for place, history in enumerate(histories):
            self._fill(history, now, rows[place], kinds[place], ages[place], real[place])
        feed = {"vectors": self.vectors[rows], "kind": kinds, "age": ages, "real": real}
        result: Floats = self.net.run(None, feed)[0]
        return result

    def _fill(self, history: History, now: int, rows: Any, kinds: Any, ages: Any, real: Any) -> None:
        """Writes the newest acts of one history to the right end of its rows."""
        size = min(len(history), self.length)
        if size == 0:
            return
        known = self.items.rows(history.item[-size:])
        rows[-size:] = np.where(known >= 0, known, len(self.items))
        kinds[-size:] = self.kinds[history.kind[-size:]]
        ages[-size:] = np.maximum(now - history.at[-size:], 0) / 1e6
        real[-size:] = 1.0

    def top(self, vector: Floats, n: int, mask: Bools | None = None) -> tuple[Ints, Floats]:
        """The best `n` items for `vector` as (int32[k], float32[k]), among those that `mask`, bool by the shop's item
        number, allows (an item beyond its end is not)."""
        scores = self.vectors[:-1] @ vector + self.bias
        allowed = self.items.number >= 0
        if mask is not None:
            inside = allowed & (self.items.number < len(mask))
            allowed = inside & mask[np.where(inside, self.items.number, 0)] if len(mask) else inside
        scores[~allowed] = -np.inf
        best = top(scores, n)
        return self.items.number[best], scores[best]

    def score_vector(self, vector: Floats, items: Ints) -> Floats:
        """The score of each of these items for `vector`, float32[len(items)]; −inf for one that is not known."""
        rows = self.items.rows(items)
        known = np.where(rows >= 0, rows, 0)
        return np.where(rows >= 0, self.vectors[known] @ vector + self.bias[known], -np.inf).astype(np.float32)

    def propose(self, history: History, now: int, n: int) -> tuple[Ints, Floats]:
        """The best `n` items for who has this history at `now`."""
        return self.top(self.encode(history, now), n)

    def score(self, history: History, now: int, items: Ints) -> Floats:
        """The score of each of these items, −inf for one that is not known."""
        return self.score_vector(self.encode(history, now), items)


def load(folder: Path, component: Component, ids: Mapping[str, int]) -> Encoder:
    """The encoder in `folder / component.folder`, on one thread; settings: `length`, `kinds`.

    Raises:
        Incompatible: a file is missing or broken.
    """
    home = folder / component.folder
    vectors, bias = read_arrays(home, "vectors", "bias")
    kinds = np.asarray(component.settings["kinds"], dtype=np.int64)
    return Encoder(
        _session(home / NET), read_vocabulary(home, ids), vectors, bias, kinds, int(component.settings["length"])
    )


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own classes share no public base
        raise Incompatible(
            f"the encoder cannot be loaded: {error}", where=str(path), remedy="train again, or roll back"
        ) from error
