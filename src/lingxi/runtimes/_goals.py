"""What a ranker answers with: the odds of each goal (click, cart, purchase) for every candidate, and one order of them.

A ranker corrects an order that there is: of a goal g the log odds are `pull[g] · base + scale[g] · correction[g] +
offset[g]`, where `base` is the linear model that it was learnt over and the correction is what a runtime makes of the
same inputs. The three are calibrated on moments that the correction was not fitted to (Platt 1999). What decides is the
weighed mean of the goals' chances, as log odds: of one goal alone that is its own log odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.runtimes.linear import Linear

Floats = npt.NDArray[np.float32]
GOALS: Final = ("click", "cart", "purchase")
MARGIN: Final = "margin"
SHARE: Final = "margin.share"
"""The read that says what is left of an item's price."""
LEAST: Final = 1e-9
"""No chance is less, nor nearer to 1."""


class Correction(Protocol):
    """What a runtime adds to the base."""

    def correct(self, values: Floats) -> Floats:
        """float32[goals, n] for `values` float32[n, k], NaN or infinite where something is not known."""
        ...

    def parts(self, values: Floats) -> Floats:
        """What each input has to do with that, float32[goals, n, k]."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """`inputs` name k columns, which `base` reads too; `pull`, `scale`, `offset` are float32[goals]."""

    inputs: tuple[str, ...]
    goals: tuple[str, ...]
    base: Linear
    pull: Floats
    scale: Floats
    offset: Floats
    correction: Correction

    def odds(self, values: Floats) -> Floats:
        """Log odds of each goal, float32[goals, n]."""
        found: Floats = self.scale[:, None] * self.correction.correct(values)
        found += self.pull[:, None] * self.base.score(values)
        found += self.offset[:, None]
        return found

    def parts(self, values: Floats) -> Floats:
        """What each input adds to the log odds of each goal, float32[goals, n, k]."""
        found: Floats = self.scale[:, None, None] * self.correction.parts(values)
        found += self.pull[:, None, None] * self.base.parts(values)
        return found

    def towards(self, goals: Mapping[str, float]) -> Aim:
        """One order of all goals by their weights; what it was not fitted to has none."""
        return _aim(self, tuple(goals.get(name, 0.0) for name in (*self.goals, MARGIN)))


def ranker_of(component: Component, correction: Correction) -> Ranker:
    """From a component's settings: `goals`, `base` (as `Linear.settings` has it), `pull`, `scale` and `offset`.

    Raises:
        Incompatible: one is absent or of another length.
    """
    settings = component.settings
    base = Linear.of(settings.get("base", {}))
    try:
        goals = tuple(str(each) for each in settings["goals"])
        pull, scale, offset = (np.asarray(settings[name], dtype=np.float32) for name in ("pull", "scale", "offset"))
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(component, f"lacks {error}") from error
    if not goals or not set(goals) <= set(GOALS) or any(each.shape != (len(goals),) for each in (pull, scale, offset)):
        raise _broken(component, f"has numbers that do not fit its goals {', '.join(goals) or '(none)'}")
    return Ranker(base.inputs, goals, base, pull, scale, offset, correction)


def warm(ranker: Ranker) -> None:
    """Asks once, with columns that lie as those of a slate do, so that no request waits for what is compiled first."""
    values = np.zeros((len(ranker.inputs), 2), dtype=np.float32).T
    ranker.odds(values)
    ranker.parts(values)


def _broken(component: Component, what: str) -> Incompatible:
    remedy = "train again, or roll back to an earlier model"
    return Incompatible(f"the ranker '{component.name}' {what}", where="manifest.json", remedy=remedy)


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """A ranker with the weights of its goals, float64[goals], and that of the margin. With one, the last of `inputs`
    is the share of the price that is left to the shop; an item whose cost is not told counts as the mean of the others.
    """

    ranker: Ranker
    weights: npt.NDArray[np.float64]
    margin: float

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (*self.ranker.inputs, SHARE) if self.margin else self.ranker.inputs

    @property
    def _plain(self) -> bool:
        return len(self.weights) == 1 and not self.margin

    def score(self, values: Floats) -> Floats:
        """Log odds float32[n] of the weighed mean of the goals' chances."""
        odds = self.ranker.odds(values[:, : len(self.ranker.inputs)])
        if self._plain:
            alone: Floats = odds[0]
            return alone
        value = _bounded((self._worth(values) * _chance(odds)).sum(axis=0))
        scores: Floats = np.log(value / (1.0 - value)).astype(np.float32)
        return scores

    def parts(self, values: Floats) -> Floats:
        """What each input adds to the score, float32[n, k]: of one goal as it adds up, of several by how the score
        changes with each goal's odds where it stands."""
        known = values[:, : len(self.ranker.inputs)]
        of_goals = self.ranker.parts(known)
        if self._plain:
            alone: Floats = of_goals[0]
            return alone
        chance, worth = _chance(self.ranker.odds(known)), self._worth(values)
        value = _bounded((worth * chance).sum(axis=0))
        steep = 1.0 / (value * (1.0 - value))
        found: Floats = np.einsum("gn,gnk->nk", worth * chance * (1.0 - chance) * steep, of_goals).astype(np.float32)
        if self.margin:
            last = self.ranker.goals.index("purchase")
            gained = (worth[last] - self.weights[last]) * chance[last] * steep
            found = np.concatenate([found, gained[:, None]], axis=1, dtype=np.float32)
        return found

    def gains(self, values: Floats) -> Floats:
        """How much each input raises the score against its usual, float32[n, k]."""
        return self.parts(values)

    def _worth(self, values: Floats) -> npt.NDArray[np.float64]:
        """What each goal is worth at each candidate, float64[goals, n]."""
        worth = np.repeat(self.weights[:, None], len(values), axis=1)
        if self.margin:
            left = values[:, -1].astype(np.float64)
            told = np.isfinite(left)
            worth[self.ranker.goals.index("purchase")] += self.margin * np.where(
                told, left, left[told].mean() if told.any() else 0.0
            )
        return worth


@lru_cache(maxsize=8)
def _aim(ranker: Ranker, told: tuple[float, ...]) -> Aim:
    weights, margin = np.array(told[:-1]), told[-1] if "purchase" in ranker.goals else 0.0
    if not weights.any() and not margin:
        weights = np.ones_like(weights)
    whole = float(weights.sum()) + margin
    return Aim(ranker, weights / whole, margin / whole)


def _chance(odds: Floats) -> npt.NDArray[np.float64]:
    chance: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-odds.astype(np.float64)))
    return chance


def _bounded(value: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    bounded: npt.NDArray[np.float64] = np.clip(value, LEAST, 1.0 - LEAST)
    return bounded
