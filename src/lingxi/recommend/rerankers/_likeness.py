"""How alike two items are: by the vectors of the bundle's encoder, by category, by brand.

The likeness of i and j is a · cos(i, j) + b · [same category] + c · [same brand] with a + b + c = 1, and 1 of an item
with itself. A sum of such kernels is positive semidefinite, as a determinantal point process needs it. Without an
encoder, or with the setting `likeness` at "category", a is 0.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints

WITH_VECTORS: Final = np.array([0.6, 0.3, 0.1])
WITHOUT: Final = np.array([0.0, 0.8, 0.2])
"""What vectors, category and brand are worth."""
NO_VECTORS: Final = np.zeros((0, 0), np.float32)


class Likeness(NamedTuple):
    """What the kernels compare of k items: `vectors` float32[k, d] of length 1 (0 of one that the encoder does not
    know; float32[0, 0] where vectors are not looked at), `category` and `brand` int32[k] (−1: like no other), and what
    each is worth, float64[3]."""

    vectors: Floats
    category: Ints
    brand: Ints
    weights: npt.NDArray[np.float64]


def likeness_of(moment: Moment, items: Ints) -> Likeness:
    """What makes these candidates alike in this shop."""
    category, brand = (moment.state.items.column(name).take(items) for name in ("category", "brand"))
    encoder = encoder_of(moment)
    if encoder is None:
        return Likeness(NO_VECTORS, category, brand, WITHOUT)
    vectors = unit(encoder.near.taken(items))
    return Likeness(vectors, category, brand, WITH_VECTORS)


def encoder_of(moment: Moment) -> Any:
    """The bundle's encoder where vectors are to be looked at; None where there is none."""
    if moment.settings.likeness != "vectors" or moment.bundle is None:
        return None
    encoder = moment.bundle.runtimes.get("sequence")
    return encoder if hasattr(encoder, "near") else None


def unit(vectors: Floats) -> Floats:
    """The vectors at length 1; one that has no length, or is no number, becomes 0."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        length = np.sqrt(np.einsum("kd,kd->k", vectors, vectors))
        scaled: Floats = vectors / length[:, None]
    scaled[~(np.isfinite(length) & (length > 0))] = 0.0
    return scaled
