"""Ranks of a few rows among all scores, counted instead of sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import unlocked


@unlocked
def ranks(scores: Any, wanted: Any, first: Any) -> Any:  # pragma: no cover
    """int64[len(wanted)]: how many scores are ahead of that of each wanted row; of equal scores all are, but for other
    wanted ones. Of list i, with `scores[i]` float32[v], the wanted rows are `wanted[first[i] : first[i + 1]]`; a row
    beyond v is behind all."""
    found = np.empty(len(wanted), np.int64)
    for i in range(len(scores)):
        for at in range(first[i], first[i + 1]):
            found[at] = _ahead(scores[i], wanted[at])
        for at in range(first[i], first[i + 1]):
            for other in range(first[i], first[i + 1]):
                if other != at and wanted[at] < scores.shape[1] and wanted[other] < scores.shape[1]:
                    found[at] -= scores[i, wanted[other]] == scores[i, wanted[at]]
    return found


@unlocked
def _ahead(scores: Any, row: int) -> int:  # pragma: no cover
    if row >= len(scores):
        return len(scores)
    mine = scores[row]
    count = 0
    for other in range(len(scores)):
        count += scores[other] >= mine
    return count - 1
