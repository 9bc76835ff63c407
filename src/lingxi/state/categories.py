"""Categories are paths, from the general to the special: which lie below which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

UNDER: Final = " > "


def below(categories: Sequence[str], wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
    """By category number, whether it is one of `wanted` or below one; the last entry stands for items without one."""
    tops = tuple(each + UNDER for each in wanted)
    same = frozenset(wanted)
    return np.array([*(name in same or name.startswith(tops) for name in categories), False], dtype=np.bool_)
