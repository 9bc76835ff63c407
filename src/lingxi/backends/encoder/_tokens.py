"""Texts as tokens, by the model's own `tokenizer.json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import Incompatible, Unavailable

Longs = npt.NDArray[np.int64]
TOKENIZER: Final = "tokenizer.json"
LONGEST: Final = 256
"""Tokens of a text that are read: titles are far shorter, and the work grows with the square."""


class Tokens:
    """A tokenizer."""

    def __init__(self, folder: Path) -> None:
        self.own: Any = _tokenizer(folder / TOKENIZER)
        padding = self.own.padding or {}
        self.own.enable_truncation(LONGEST)
        self.own.enable_padding(pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]"))

    def of(self, texts: Sequence[str]) -> tuple[Longs, Longs]:
        """int64[b, n] tokens, padded at the right, and int64[b, n], 1 where there is one."""
        found = self.own.encode_batch(list(texts))
        return np.array([each.ids for each in found], np.int64), np.array([e.attention_mask for e in found], np.int64)


def _tokenizer(file: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError:
        raise Unavailable(
            "'tokenizers' is not installed", where=str(file), remedy="pip install 'lingxi[text]'"
        ) from None
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 (the library raises nothing narrower)
        raise Incompatible(f"it cannot be read: {error}", where=str(file), remedy="fetch the model again") from None
