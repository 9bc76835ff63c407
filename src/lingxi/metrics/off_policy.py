"""What another policy would have earned, from a log whose propensities are known.

Inverse propensity scores: Horvitz and Thompson 1952; self-normalised: Swaminathan and Joachims, "The self-normalized
estimator for counterfactual learning", NeurIPS 2015; doubly robust: Dudík, Langford and Li, "Doubly robust policy
evaluation and learning", ICML 2011. Of every decision are known its reward (a click, a purchase), `logged`, the
propensity with which it was made, and `target`, the probability with which the other policy would have made it.
All are float64[m] and in one order. The intervals are of the normal distribution, 95 %.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Interval

Doubles = npt.NDArray[np.float64]
WIDTH: Final = 1.959963984540054


def weights(logged: Doubles, target: Doubles, most: float = np.inf) -> Doubles:
    """How many decisions of the other policy each stands for, float64[m], clipped at `most`: less variance for some
    bias.

    Raises:
        ValueError: a propensity is not in (0, 1].
    """
    if not ((logged > 0.0) & (logged <= 1.0)).all():
        raise ValueError("a logged propensity is not in (0, 1]: a decision that was made had a chance")
    found: Doubles = np.minimum(target / logged, most)
    return found


def ips(reward: Doubles, logged: Doubles, target: Doubles, most: float = np.inf) -> Interval:
    """The mean reward of the other policy: unbiased where the log's gave a chance to all that it would do."""
    return _mean(weights(logged, target, most) * reward)


def snips(reward: Doubles, logged: Doubles, target: Doubles, most: float = np.inf) -> Interval:
    """The same, over the sum of the weights in place of their number: of less variance, and never beyond the rewards
    that were seen. Its interval is by the delta method."""
    weight = weights(logged, target, most)
    total = float(weight.sum())
    if total <= 0.0:
        return Interval(float("nan"), float("-inf"), float("inf"))
    value = float(weight @ reward) / total
    gap = _mean(value + len(weight) / total * weight * (reward - value))
    return Interval(value, value - (gap.estimate - gap.low), value + (gap.high - gap.estimate))


def doubly_robust(
    reward: Doubles, logged: Doubles, target: Doubles, expected: Doubles, valued: Doubles, most: float = np.inf
) -> Interval:
    """`ips` of what a model of the reward leaves unsaid, and the model for the rest: right where either is.

    `expected` is the reward that the model expects of the decision that was made, `valued` what it expects of the other
    policy in that place.
    """
    return _mean(valued + weights(logged, target, most) * (reward - expected))


def effective(logged: Doubles, target: Doubles) -> float:
    """So many decisions of the other policy itself would tell as much: (Σ w)² / Σ w² (Kish 1965); 0 for none."""
    weight = weights(logged, target)
    square = float(weight @ weight)
    return float(weight.sum()) ** 2 / square if square > 0.0 else 0.0


def _mean(values: Doubles) -> Interval:
    """A mean with its interval; infinite bounds for fewer than two values."""
    if len(values) < 2:
        return Interval(float(values.mean()) if len(values) else float("nan"), float("-inf"), float("inf"))
    mean, half = float(values.mean()), WIDTH * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)
