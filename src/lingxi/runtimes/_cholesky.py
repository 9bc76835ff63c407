"""Small positive definite systems, solved in place; for compiled code to call."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingxi.features._compiled import unlocked


def _solve(system: Any, right: Any, n: int) -> None:  # pragma: no cover
    """Makes of `right` [n] the solution of the system whose lower triangle `system` [n, n] holds, which is lost.

    What rounding leaves below zero on the diagonal is held up by a thousandth of what was there.
    """
    for a in range(n):
        for b in range(a):
            total = system[a, b]
            for k in range(b):
                total -= system[a, k] * system[b, k]
            system[a, b] = total / system[b, b]
        total = system[a, a]
        for k in range(a):
            total -= system[a, k] * system[a, k]
        system[a, a] = np.sqrt(max(total, system[a, a] * np.float32(1e-3)))
        for k in range(a):
            right[a] -= system[a, k] * right[k]
        right[a] /= system[a, a]
    for a in range(n - 1, -1, -1):
        right[a] /= system[a, a]
        for k in range(a):
            right[k] -= system[a, k] * right[a]


solve = unlocked(_solve, fastmath={"reassoc", "contract", "nsz"})
"""Free to add in any order, it takes many numbers at a time."""
