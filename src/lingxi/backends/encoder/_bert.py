"""BERT (Devlin et al. 2019) in numpy: what most small encoders of sentences are, from their weights alone.

Post-norm layers, absolute places, exact GELU; other kinds of net come as ONNX.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from lingxi.domain.errors import Incompatible
from lingxi.ports.encoder import Floats

Longs = npt.NDArray[np.int64]
CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
FAR: Final = np.float32(-1e30)


class Bert:
    """See `_folder.TokenNet`."""

    def __init__(self, folder: Path) -> None:
        try:
            told = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            weights = load_file(folder / WEIGHTS)
        except (OSError, ValueError, SafetensorError) as error:
            raise _unfit(f"the encoder cannot be read: {error}", folder) from None
        kind = (told.get("model_type"), told.get("hidden_act"), told.get("position_embedding_type", "absolute"))
        if kind != ("bert", "gelu", "absolute"):
            raise _unfit(f"it is no plain BERT but {', '.join(map(str, kind))}", folder)
        self.heads, self.layers = int(told["num_attention_heads"]), int(told["num_hidden_layers"])
        self.small = float(told.get("layer_norm_eps", 1e-12))
        self.own = {name.removeprefix("bert."): each.astype(np.float32) for name, each in weights.items()}
        self.folder = folder

    def states(self, ids: Longs, real: Longs) -> Floats:
        """See `_folder.TokenNet.states`."""
        try:
            x = self._read(ids)
            away = np.where(real > 0, np.float32(0), FAR)[:, None, None, :]
            for layer in range(self.layers):
                x = self._layer(f"encoder.layer.{layer}", x, away)
        except (KeyError, IndexError) as error:
            raise _unfit(f"its weights do not fit its {CONFIG} and tokens: {error}", self.folder) from None
        return x

    def _read(self, ids: Longs) -> Floats:
        own, name = self.own, "embeddings"
        places = own[f"{name}.position_embeddings.weight"][: ids.shape[1]]
        x = own[f"{name}.word_embeddings.weight"][ids] + places + own[f"{name}.token_type_embeddings.weight"][0]
        return self._norm(f"{name}.LayerNorm", x)

    def _layer(self, name: str, x: Floats, away: Floats) -> Floats:
        seen = self._linear(f"{name}.attention.output.dense", self._attended(f"{name}.attention.self", x, away))
        x = self._norm(f"{name}.attention.output.LayerNorm", x + seen)
        wide = gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._norm(f"{name}.output.LayerNorm", x + self._linear(f"{name}.output.dense", wide))

    def _attended(self, name: str, x: Floats, away: Floats) -> Floats:
        b, n, d = x.shape
        query, key, value = (
            self._linear(f"{name}.{each}", x).reshape(b, n, self.heads, -1).swapaxes(1, 2)
            for each in ("query", "key", "value")
        )
        logits = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(d // self.heads)) + away
        share = np.exp(logits - logits.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)
        found: Floats = (share @ value).swapaxes(1, 2).reshape(b, n, d)
        return found

    def _linear(self, name: str, x: Floats) -> Floats:
        # One product over all places: many small ones take several times longer.
        flat = x.reshape(-1, x.shape[-1]) @ self.own[f"{name}.weight"].T + self.own[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def _norm(self, name: str, x: Floats) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(self.small))
        return x * self.own[f"{name}.weight"] + self.own[f"{name}.bias"]


def gelu(x: Floats) -> Floats:
    """x · Φ(x); the error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    z = np.abs(x) * np.float32(2**-0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series: Any = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    result: Floats = (x * 0.5 * (1 + erf)).astype(np.float32)
    return result


def _unfit(what: str, folder: Path) -> Incompatible:
    return Incompatible(what, where=str(folder), remedy="export the model to ONNX, as model.onnx in that folder")
