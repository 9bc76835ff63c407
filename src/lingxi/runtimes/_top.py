"""The best few of many scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def top(scores: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.intp]:
    """Places of the `n` greatest finite scores, best first; equal scores in order of place."""
    size = len(scores)
    if n < size:
        chosen = np.argpartition(-scores, n - 1)[:n] if n > 0 else np.empty(0, dtype=np.intp)
    else:
        chosen = np.arange(size)
    chosen = chosen[np.isfinite(scores[chosen])]
    return chosen[np.lexsort((chosen, -scores[chosen]))]
