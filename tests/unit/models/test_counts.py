"""Counting pairs, and keeping the nearest, against what a plain loop finds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_matrix

from learning_shop import DAY, START, goods_of, interactions
from lingxi import registry
from lingxi.domain.history import Interactions
from lingxi.models import item_knn
from lingxi.models._choice import Exam, _tenth
from lingxi.models._near import keep_sparse
from lingxi.models._pairs import followed, visits_of

Doubles = npt.NDArray[np.float64]
ITEMS = 25


def some_log(days: int = 12) -> Interactions:
    """Shoppers who come back to some items, sometimes to two on a day."""
    rng = np.random.default_rng(2)
    lines = [
        (shopper, int(item), day)
        for shopper in range(20)
        for day in range(days)
        for item in rng.choice(ITEMS, size=int(rng.integers(1, 3)), replace=False)
    ]
    return interactions(lines)


def plain(acts: Interactions, fade: float | None, back: float, reach: int, at_once: float) -> Doubles:
    """Every pair of every shopper's acts, one by one."""
    total = np.zeros((ITEMS, ITEMS))
    acts = acts.where(np.lexsort((acts.tie, acts.at, acts.shopper)))
    for shopper in np.unique(acts.shopper):
        own = acts.where(acts.shopper == shopper)
        moment = np.unique(own.at, return_inverse=True)[1]
        for a in range(len(own)):
            for b in range(a + 1, min(a + reach + 1, len(own))):
                apart = moment[b] - moment[a]
                worth = at_once if apart == 0 else np.exp(-(apart - 1) / (fade or np.inf))
                total[own.item[a], own.item[b]] += worth
                total[own.item[b], own.item[a]] += worth * (back if apart else 1.0)
    return total


@pytest.mark.parametrize(
    ("fade", "back", "reach", "at_once"), [(None, 1.0, 50, 1.0), (3.0, 0.4, 5, 1.0), (6.0, 0.0, 9, 0.5)]
)
def test_pairs_are_those_that_a_plain_loop_finds(fade: float | None, back: float, reach: int, at_once: float) -> None:
    """Given any fading, order and reach, each cell is the sum over all pairs."""
    acts = some_log()
    visits = visits_of(acts, 0.0, 200, 1)
    assert visits.again

    found = followed(visits, fade, back, reach, at_once)

    whole = np.zeros((ITEMS, ITEMS))
    whole[np.ix_(visits.known, visits.known)] = found.toarray()
    np.testing.assert_allclose(whole, plain(acts, fade, back, reach, at_once), rtol=1e-5)
    assert found.has_sorted_indices
    assert (
        np.diff(found.indices)[np.diff(np.repeat(np.arange(len(visits.known)), np.diff(found.indptr))) == 0] > 0
    ).all()


def test_the_nearest_of_scaled_rows_are_those_of_the_scaled_matrix() -> None:
    """Given a scale of rows and columns, what is kept is what scaling the matrix first would keep."""
    rng = np.random.default_rng(5)
    matrix = csr_matrix(rng.integers(0, 4, (ITEMS, ITEMS)) * (rng.random((ITEMS, ITEMS)) < 0.4), dtype=np.float32)
    scale = 1.0 / np.sqrt(rng.integers(1, 30, ITEMS))

    near, likeness = keep_sparse(matrix.copy(), 5, scale)

    dense = scale[:, None] * matrix.toarray() * scale[None, :]
    np.fill_diagonal(dense, 0.0)
    for row in range(ITEMS):
        best = np.argsort(-dense[row], kind="stable")[:5]
        best = best[dense[row][best] > 0]
        assert near[row][near[row] >= 0].tolist() == best.tolist()
        np.testing.assert_allclose(likeness[row][: len(best)], dense[row][best], rtol=1e-6)


def test_the_tenth_score_is_the_bar() -> None:
    """Given any scores, the bar is the tenth greatest, and nothing where there are fewer."""
    rng = np.random.default_rng(6)
    for size in (10, 11, 300):
        scores = rng.integers(0, 40, size).astype(np.float32)
        assert _tenth(scores) == np.sort(scores)[-10]
    assert _tenth(np.arange(9, dtype=np.float32)) == -np.inf


def test_what_is_shared_between_ways_of_counting_changes_no_figure() -> None:
    """Given a log to validate on, the settings that are found are worth what counting anew for them says."""
    whole = some_log(16)
    cut = START + 12 * DAY
    past, after = whole.before(cut), whole.where(whole.at >= cut)
    model = item_knn.build(item_knn.Config(), 0)

    found = model.fit(past, goods_of(ITEMS), cut, after, lambda *_, **__: None)

    def worth(config: item_knn.Config) -> float:
        visits = visits_of(past, config.gap_minutes, config.longest, config.least)
        exam = Exam(past, after, visits.known, cut)
        lists = item_knn._lists(item_knn._count(visits, config), config)
        return exam.lists(*lists, acts=config.acts, days=config.days, places=config.places)

    best = worth(item_knn.Config(**found))
    assert best > worth(item_knn.Config()) or found == {name: getattr(item_knn.Config(), name) for name in found}
    for name, values in {**item_knn.COUNTED, **item_knn.READ}.items():
        assert all(worth(item_knn.Config(**{**found, name: value})) <= best for value in values), name


def test_every_model_with_settings_can_be_searched() -> None:
    """Given the models that there are, only a fusion, whose settings are its members', offers nothing to search for."""
    without = {name for name in registry.names("models") if not getattr(registry.module("models", name), "SPACE", None)}

    assert without <= {"fusion"}
