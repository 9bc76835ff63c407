"""The gate: no model goes live unless it was compared with what serves, and is no worse."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Interval, Judgement
from lingxi.metrics.interval import paired

Doubles = npt.NDArray[np.float64]


class Bar(Protocol):
    """What a challenger must reach: the least `lower` bound of the paired 95 % interval and the least `estimate`."""

    @property
    def lower(self) -> float: ...

    @property
    def estimate(self) -> float: ...


def passes(difference: Interval, bar: Bar) -> bool:
    """Whether a difference reaches the bar; a bound that could not be measured does not."""
    return bool(difference.low >= bar.lower and difference.estimate >= bar.estimate)


def judge(
    challenger: Doubles,
    champion: Doubles,
    *,
    bar: Bar,
    surface: str,
    metric: str,
    since: int,
    until: int,
    against: str | None,
    seed: int = 0,
) -> Judgement:
    """Compares two pipelines by one value a shopper, float64[u] each, measured on the days `since`–`until` (µs UTC).

    `against` is the champion's bundle id, None for the pipeline without one.
    """
    difference = paired(challenger, champion, seed)
    passed = passes(difference, bar)
    return Judgement(
        surface=surface,
        metric=metric,
        since=since,
        until=until,
        shoppers=int(np.isfinite(challenger - champion).sum()),
        champion=against,
        champion_value=_mean(champion),
        challenger_value=_mean(challenger),
        difference=difference,
        passed=passed,
        reason=_reason(difference, bar, passed),
    )


def _reason(difference: Interval, bar: Bar, passed: bool) -> str:
    said = f"{difference.estimate:+.4f}, 95 % interval {difference.low:+.4f} to {difference.high:+.4f}"
    asked = f"the gate asks for at least {bar.estimate:+.4f} and a lower bound of {bar.lower:+.4f}"
    return f"{said}: {'passes' if passed else 'refused'}; {asked}"


def _mean(values: Doubles) -> float:
    judged = values[np.isfinite(values)]
    return float(judged.mean()) if len(judged) else 0.0
