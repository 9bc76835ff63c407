"""The value of a rating as one byte, whatever the shop's scale (stars, points, thumbs): what a history keeps of it.

Steps are an eighth to a sixteenth of the value, as in an 8-bit float with three bits of mantissa (Micikevicius et al.
2022, "FP8 formats for deep learning"): whole and half stars up to ten, and points in steps of eight up to 100, stay
apart. From 1/16 to 3,840 either way; what lies beyond is the nearest of these.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import KIND_CODE

Codes = npt.NDArray[np.uint8]
RATING: Final = (KIND_CODE["rate"], KIND_CODE["review"])
"""Kinds whose `value` is a rating."""
UNTOLD: Final = 0
"""The code of an act without a rating."""
CODES: Final = 256
ZERO: Final = 128
_SIZES: Final = [(8 + place % 8) / 128 * 2.0 ** (place // 8) for place in range(ZERO - 1)]
VALUES: Final = np.array([math.nan, *(-size for size in reversed(_SIZES)), 0.0, *_SIZES], dtype=np.float32)
"""The value of each code, rising from code 1 on; NaN for none."""
_EDGES: Final = ((VALUES[1:-1] + VALUES[2:]) / 2).astype(np.float64)
_EDGE_LIST: Final[list[float]] = _EDGES.tolist()


def code_of(kind: int, value: float) -> int:
    """The code of one act's `value`; UNTOLD where it is NaN, or the kind is no rating."""
    if kind not in RATING or math.isnan(value):
        return UNTOLD
    # A snapshot has single precision: both say the same.
    return bisect_right(_EDGE_LIST, float(np.float32(value))) + 1


def codes_of(kind: npt.NDArray[np.int8], value: npt.NDArray[Any]) -> Codes:
    """The same of many, uint8[n]."""
    codes = np.zeros(len(kind), np.uint8)
    rated = np.flatnonzero(np.isin(kind, RATING))
    if len(rated):
        rated = rated[~np.isnan(value[rated])]
        codes[rated] = np.searchsorted(_EDGES, value[rated].astype(np.float32).astype(np.float64), side="right") + 1
    return codes
