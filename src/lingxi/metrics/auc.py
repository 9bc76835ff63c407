"""The chance that something relevant has a greater score than something that is not: the area under the ROC curve.

Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic curve", Radiology 1982:
a tie counts half, so that one score for everything has 0.5. It is taken over the whole catalogue, and so says how a
ranking is in its depth, where figures at k do not look. It means something only where everything has a score.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def auc(scores: npt.NDArray[np.floating], relevant: npt.NDArray[np.bool_]) -> float:
    """Of `scores` float[n] and what is `relevant`, bool[n]; NaN where all are, or none is."""
    right, wrong = scores[relevant], np.sort(scores[~relevant])
    if not len(right) or not len(wrong):
        return float("nan")
    below, at_most = (np.searchsorted(wrong, right, side=side) for side in ("left", "right"))
    return float((below + at_most).mean() / (2 * len(wrong)))
