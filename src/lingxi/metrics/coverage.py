"""How much of the catalogue ranked lists show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def coverage(ranked: list[npt.NDArray[np.int32]], k: int, catalogue: int) -> float:
    """Distinct items in all first k picks, over the `catalogue` items that could have been; 0 for none."""
    if not ranked or catalogue <= 0:
        return 0.0
    return len(np.unique(np.concatenate([picks[:k] for picks in ranked]))) / catalogue
