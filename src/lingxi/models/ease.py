"""What goes with everything the shopper had: a linear item-item model in closed form (EASE, Steck 2019).

B = I − P · diag(1 / diag P) with P = (XᵀX + λI)⁻¹ and X who had what: the weights that best tell each item from all
others, none of an item itself. It is dense while it is fitted: beyond some 50,000 items `ease_sparse` takes its place.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, structs

from lingxi.domain.history import Goods, Interactions
from lingxi.features._compiled import unlocked
from lingxi.models._choice import Exam, walk
from lingxi.models._lines import lines_of
from lingxi.models._near import Listed, Lists, keep_dense
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Need, Range, Watch

BLOCK: Final = 1024
LADDER: Final = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
READ: Final[dict[str, tuple[Any, ...]]] = {
    "places": (None, 1.0, 2.0, 3.0, 5.0, 10.0),
    "days": (None, 14.0, 60.0),
}
At = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`penalty` is λ; of each item's weights the `neighbours` that are greatest by size are kept; `most` items are
    known, the most frequent, each met at least `least` times.

    `acts`, `days`, `places`: how a history is read, as in `item_knn`. Validation chooses these and λ.
    """

    penalty: At = 100.0
    neighbours: Annotated[int, Meta(ge=1, le=10_000)] = 300
    least: Annotated[int, Meta(ge=1)] = 1
    most: Annotated[int, Meta(ge=2)] = 50_000
    acts: Annotated[int, Meta(ge=1)] = 100
    days: At | None = None
    places: At | None = None


SPACE = {**READ, "penalty": Range(1.0, 3000.0, log=True)}


class Ease(Listed[Config]):
    """Weights of every item for every other."""

    def need(self, past: Interactions, goods: Goods) -> Need:  # noqa: ARG002 (the past decides)
        """Three matrices of items × items, single precision."""
        acts = wanted(past)
        counts = np.bincount(acts.item) if len(acts) else np.zeros(1)
        items = min(int((counts >= self.config.least).sum()), self.config.most)
        remedy = f"`ease_sparse`, whose memory grows with the log, or `most` below {items:,}"
        return Need(3 * items * items * 4 + len(acts) * 60, remedy)

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Inverts; with `validation` once for each λ that is tried, upwards or downwards while it gets better.

        Raises:
            NotEnoughData: fewer than 2 shoppers, 2 items or 10 events with an item.
        """
        acts = wanted(past)
        check_enough(acts, goods, events=10, items=2, shoppers=2)
        lines = lines_of(acts, least=self.config.least, most=self.config.most)
        self.ids = [goods.ids[number] for number in lines.known]
        matrix = lines.matrix()
        shared = (matrix.T @ matrix).toarray().astype(np.float32)
        if validation is None:
            self.near, self.likeness = _lists(shared, self.config)
            watch("ease", 1.0)
            return {}
        found, lists = self._choose(shared, Exam(past, validation, lines.known, until), watch)
        self.config = structs.replace(self.config, **found)
        self.near, self.likeness = lists
        return found

    def _choose(self, shared: Any, exam: Exam, watch: Watch) -> tuple[dict[str, Any], Lists]:
        """The best λ, how a history is then read, and its lists."""
        tried: dict[float, tuple[float, dict[str, Any], Lists]] = {}

        def worth(penalty: float) -> float:
            if penalty not in tried:
                lists = _lists(shared, structs.replace(self.config, penalty=penalty))

                def judge(settings: dict[str, Any]) -> float:
                    return exam.lists(*lists, acts=self.config.acts, **settings)

                settings = walk({name: getattr(self.config, name) for name in READ}, READ, judge)
                tried[penalty] = judge(settings), {"penalty": penalty, **settings}, lists
                watch("ease", min(0.9, len(tried) / 4))
            return tried[penalty][0]

        place = int(np.argmin(np.abs(np.log(LADDER) - np.log(self.config.penalty))))
        for step in (1, -1):
            while 0 <= place + step < len(LADDER) and worth(LADDER[place + step]) > worth(LADDER[place]):
                place += step
        worth(LADDER[place])
        return tried[LADDER[place]][1:]


def _lists(shared: npt.NDArray[np.float32], config: Config) -> Lists:
    """The kept weights: row i holds what having i says of the others."""
    size = len(shared)
    inverse = _inverse(shared, config.penalty)
    diagonal = np.diag(inverse).copy()
    near = np.full((size, min(config.neighbours, max(size - 1, 1))), -1, dtype=np.int32)
    likeness = np.zeros(near.shape, dtype=np.float32)
    for first in range(0, size, BLOCK):
        keep_dense(-inverse[first : first + BLOCK] / diagonal[None, :], first, near, likeness)
    return near, likeness


def _inverse(shared: npt.NDArray[np.float32], penalty: float) -> npt.NDArray[np.float32]:
    """(shared + λI)⁻¹ by Cholesky, in place of a copy."""
    from scipy.linalg.lapack import spotrf, spotri

    whole = np.array(shared, order="F")
    whole[np.diag_indices(len(whole))] += penalty
    factor, wrong = spotrf(whole, lower=1, overwrite_a=1)
    assert wrong == 0, "XᵀX + λI with λ > 0 is positive definite"  # noqa: S101 (an invariant of the algebra)
    half, _ = spotri(factor, lower=1, overwrite_c=1)
    # Fortran's lower triangle is the upper one of its transpose, which lies row by row.
    inverse: npt.NDArray[np.float32] = half.T
    _mirror(inverse)
    return inverse


@unlocked
def _mirror(matrix: Any) -> None:  # pragma: no cover
    """Fills the lower triangle with the upper one, block by block."""
    size, block = len(matrix), 64
    for a in range(0, size, block):
        for b in range(0, a + block, block):
            for i in range(a, min(a + block, size)):
                for j in range(b, min(b + block, i)):
                    matrix[i, j] = matrix[j, i]


def build(config: Config, seed: int) -> Ease:  # noqa: ARG001 (nothing here is random)
    """An unfitted model."""
    return Ease(config)
