"""Thompson sampling: each little known candidate has the chance that it is the best of them, by its clicks so far.

Thompson 1933; Chapelle and Li, "An empirical evaluation of Thompson sampling", NeurIPS 2011. The rate of clicks per
impression has a Beta posterior. The best of one draw from each would be shown; so that its chance can be told, one of
`DRAWS` such draws is chosen, and an item's chance is the share of them in which it is the best.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Doubles, Ints

DRAWS: Final = 64
CLICKED: Final = 1.0
PASSED: Final = 19.0
"""Clicks, and impressions without one, that an item is taken to have had before its first: a rate of one in twenty."""


class Thompson:
    """Favours what was clicked, and what was hardly shown."""

    def chances(self, moment: Moment, items: Ints, seed: int) -> Doubles:
        """The share of draws in which each of `items` is the best, float64[k]; a `seed` always gives the same draws."""
        shown, clicked = (moment.feature(f"exposure.{name}", items).astype(np.float64) for name in ("shown", "clicked"))
        passed = np.maximum(shown - clicked, 0.0)
        rates = np.random.Generator(np.random.PCG64(seed)).beta(
            CLICKED + clicked, PASSED + passed, size=(DRAWS, len(items))
        )
        won: Doubles = np.bincount(rates.argmax(axis=1), minlength=len(items)) / DRAWS
        return won


EXPLORER = Thompson()
