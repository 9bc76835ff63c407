"""The kinds of part, and the surface that lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from lingxi.recommend._kernels import rows_at

if TYPE_CHECKING:
    from lingxi.recommend.because import Because
    from lingxi.recommend.moment import Moment
    from lingxi.recommend.pool import Pool

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
NOBODY: Ints = np.empty(0, dtype=np.int32)


def empty(size: int) -> Floats:
    """float32[size] of NaN."""
    return np.full(size, np.nan, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Distinct items int32[k] with scores float32[k], best first; `origins` int32[k] is the item that led to each, −1
    where none alone did."""

    items: Ints
    scores: Floats
    origins: Ints | None = None

    def __len__(self) -> int:
        return len(self.items)

    def first(self, n: int) -> Proposal:
        """The best `n`."""
        if len(self.items) <= n:
            return self
        return Proposal(self.items[:n], self.scores[:n], None if self.origins is None else self.origins[:n])


NOTHING = Proposal(NOBODY, np.empty(0, dtype=np.float32))


class Source(Protocol):
    """Proposes candidates, and can say why."""

    def propose(self, moment: Moment, n: int) -> Proposal:
        """At most `n` items, best first; none where the source has nothing to go by."""
        ...

    def ahead(self, moment: Moment, n: int) -> Callable[[bool], Mapping[str, Any]] | None:
        """Makes, on any thread, what `propose` will ask `Moment.once` for, by name, and if told so what `because` will;
        None where all of it is there."""
        ...

    def score(self, moment: Moment, pool: Pool, name: str) -> Floats:
        """A score of every candidate float32[m], NaN where the source knows nothing of one."""
        ...

    def because(self, moment: Moment, proposal: Proposal, ranks: list[int]) -> list[Because]:
        """Why it proposed the items at these places of its own proposal: nothing but what is so. An act of the
        shopper's that it names is one without which the item would have stood lower."""
        ...

    def unnamed(self, moment: Moment) -> bool:
        """Whether its reasons name no acts in this moment for want of time."""
        ...


class Filter(Protocol):
    """Removes what must not be shown."""

    def keep(self, moment: Moment, items: Ints) -> Bools | None:
        """bool[len(items)]: which stay; None where all do."""
        ...


class Scorer(Protocol):
    """Puts the candidates in order."""

    def score(self, moment: Moment, pool: Pool, surface: Surface) -> Scores:
        """The scores with what they were made of."""
        ...


class Reranker(Protocol):
    """Chooses what is shown, in order."""

    def order(self, moment: Moment, items: Ints, scores: Floats, n: int) -> npt.NDArray[np.intp]:
        """Places of the `n` items to show, in order, out of items with their scores."""
        ...


class Explorer(Protocol):
    """Chooses among candidates of which little is known."""

    def chances(self, moment: Moment, items: Ints, seed: int) -> Doubles:
        """The probability with which each of `items` is to be shown, float64[k], 1 in all; equal for an equal seed."""
        ...


class Weighing(Protocol):
    """What scored candidates, asked why. `values` float32[n, k] are the inputs that it read."""

    def parts(self, values: Floats) -> Floats:
        """What each input adds to the score, float32[n, k]."""
        ...

    def gains(self, values: Floats) -> Floats:
        """How much each input raises the score against its being missing, or its usual, float32[n, k]."""
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """`total` float32[m]; `inputs` names the k columns of `values` float32[m, k], NaN or infinite where one is not
    known, of which `model` made the total."""

    total: Floats
    inputs: tuple[str, ...]
    values: Floats
    model: Weighing

    def of(self, rows: npt.NDArray[np.intp]) -> Scores:
        """The scores of these rows alone."""
        return Scores(self.total[rows], self.inputs, rows_at(self.values, rows), self.model)

    def parts(self) -> Floats:
        """What each input adds to the total, float32[m, k]."""
        return self.model.parts(self.values)

    def gains(self) -> Floats:
        """How much each input raises the total, float32[m, k]."""
        return self.model.gains(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A place in the shop: which parts make its slate.

    `sources` says how many each may propose. `weights` are the scorer's fixed weights by input, for a shop without a
    bundle, and always where none of `learnt` (the components that may score this surface, the best first) is in it.
    Without a `reranker` it is shown in order of score: None unless the shop's settings of this surface name one, "none"
    whatever they name.
    `context`: it is asked next to items, and can not be without. `encoded`: a history may be encoded for it. `named`:
    for its reasons acts may be left out one at a time, to name those that matter.
    """

    sources: Mapping[str, int]
    filters: tuple[str, ...]
    weights: Mapping[str, float]
    scorer: str = "blend"
    reranker: str | None = "mmr"
    learnt: tuple[str, ...] = ()
    context: bool = False
    encoded: bool = True
    named: bool = True
