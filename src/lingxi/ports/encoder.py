"""What turns a text into a vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class TextEncoder(Protocol):
    """Texts in, vectors out: like ones for texts that mean alike. A file in `backends/encoder/` is named by the scheme
    of a URL and offers `open_encoder(url) -> TextEncoder`, which is cheap: it asks no server and encodes nothing."""

    @property
    def name(self) -> str:
        """What tells its vectors from those of any other encoder: letters, digits, dots and dashes."""
        ...

    @property
    def width(self) -> int:
        """How many numbers a vector has.

        Raises:
            Unavailable: it is on a server that does not answer.
        """
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """float32[len(texts), width], whatever else is in `texts`, none of which is empty; a long one is cut.

        Raises:
            Unavailable: it is on a server that does not answer.
            Incompatible: what it answers are no vectors of `texts`.
        """
        ...
