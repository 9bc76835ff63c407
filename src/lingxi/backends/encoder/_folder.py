"""A text encoder from a folder: a tokenizer, a net over its tokens, and how their states become one vector."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from lingxi.backends.encoder._bert import CONFIG, WEIGHTS, Bert
from lingxi.backends.encoder._onnx import OnnxNet
from lingxi.backends.encoder._tokens import TOKENIZER, Tokens
from lingxi.domain.errors import Incompatible, Invalid
from lingxi.ports.encoder import Floats

Longs = npt.NDArray[np.int64]
BATCH: Final = 32
LEAST: Final = 1e-9
MODULES: Final = "modules.json"
POOLING: Final = "1_Pooling/config.json"
KNOWN: Final = ("Transformer", "Pooling", "Normalize")
MODES: Final = ("cls", "max", "mean")


class TokenNet(Protocol):
    """A net over tokens."""

    def states(self, ids: Longs, real: Longs) -> Floats:
        """[b, n, w] of tokens int64[b, n], of which `real` int64[b, n] are 1 and padding 0; or [b, w], pooled."""
        ...


class Folder:
    """See `ports.encoder.TextEncoder`; the files are read when it is first asked."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.file = _net_in(folder)
        self.pooling = _pooling_in(folder)

    @cached_property
    def width(self) -> int:
        """As wide as the vector of one word is."""
        return int(self._part(["a"]).shape[1])

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `ports.encoder.TextEncoder.encode`; what is of like length is read together."""
        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        order = np.argsort([len(text) for text in texts], kind="stable")
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            vectors[part] = self._part([texts[place] for place in part])
        return vectors

    def _part(self, texts: Sequence[str]) -> Floats:
        ids, real = self._tokens.of(texts)
        states = self._net.states(ids, real)
        return states if states.ndim == 2 else pooled(states, real, self.pooling)

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self.folder)

    @cached_property
    def _net(self) -> TokenNet:
        return OnnxNet(self.file) if self.file.suffix == ".onnx" else Bert(self.folder)


def pooled(states: Floats, real: Longs, mode: str) -> Floats:
    """[b, w]: the first state of each text, or the mean or the greatest over its tokens."""
    if mode == "cls":
        return states[:, 0]
    mask = real[:, :, None].astype(np.float32)
    if mode == "max":
        greatest: Floats = np.where(mask > 0, states, -np.inf).max(axis=1).astype(np.float32)
        return greatest
    mean: Floats = (states * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), LEAST)
    return mean


def print_of(folder: Path) -> str:
    """A digest of the files that make the vectors.

    Raises:
        Invalid: the folder holds no model.
    """
    digest = hashlib.blake2b(digest_size=8)
    for file in (_net_in(folder), *(folder / name for name in (TOKENIZER, CONFIG, POOLING))):
        if file.exists():
            with file.open("rb") as content:
                while part := content.read(1 << 22):
                    digest.update(part)
    return digest.hexdigest()


def _net_in(folder: Path) -> Path:
    """The file of the net: an ONNX export where there is one, else weights.

    Raises:
        Invalid: there is neither, no tokenizer, or there are several exports.
    """
    if not (folder / TOKENIZER).exists():
        raise Invalid(f"the folder holds no {TOKENIZER}", where=str(folder), remedy="give a model's folder")
    for name in ("model.onnx", "onnx/model.onnx", WEIGHTS):
        if (folder / name).exists():
            return folder / name
    exports = sorted(folder.rglob("*.onnx"))
    if len(exports) == 1:
        return exports[0]
    what = "there are several ONNX files" if exports else f"there is neither model.onnx nor {WEIGHTS}"
    raise Invalid(what, where=str(folder), remedy="export the model to ONNX as model.onnx in that folder")


def _pooling_in(folder: Path) -> str:
    """How states become one vector: as sentence-transformers says, the mean where nothing is said.

    Raises:
        Incompatible: in a way that is not known here, or something is done to the vector afterwards.
    """
    modules = read_json(folder / MODULES) if (folder / MODULES).exists() else []
    unknown = [kind for kind in (str(each["type"]).rsplit(".", 1)[-1] for each in modules) if kind not in KNOWN]
    told = read_json(folder / POOLING) if (folder / POOLING).exists() else {"pooling_mode": "mean"}
    chosen = [mode for mode in MODES if told.get(f"pooling_mode_{mode}_token{'s' * (mode != 'cls')}")]
    chosen = chosen or [str(told.get("pooling_mode"))]
    if unknown or len(chosen) != 1 or chosen[0] not in MODES:
        what = f"the model ends in a way that is not known here: {', '.join(unknown or chosen)}"
        raise Incompatible(what, where=str(folder), remedy="export it to ONNX with its pooling, output [batch, width]")
    return chosen[0]


def read_json(file: Path) -> Any:
    """What a file says.

    Raises:
        Incompatible: it does not parse.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Incompatible(f"it cannot be read: {error}", where=str(file), remedy="fetch the model again") from None
