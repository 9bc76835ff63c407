"""Epsilon: each little known candidate has the same chance."""

from __future__ import annotations

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Doubles, Ints


class Epsilon:
    """Knows nothing, and so favours nothing."""

    def chances(self, moment: Moment, items: Ints, seed: int) -> Doubles:  # noqa: ARG002
        """One over their number for each of `items`."""
        return np.full(len(items), 1.0 / len(items))


EXPLORER = Epsilon()
