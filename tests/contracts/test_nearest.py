"""What every kind of index must do: find what comparing everything finds, filtered or not, before and after changes."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from lingxi import registry
from lingxi.domain.errors import Unknown
from lingxi.nearest.allowed import Allowed
from lingxi.nearest.build import Rows, build
from lingxi.nearest.index import Index
from lingxi.nearest.items import Items
from lingxi.nearest.plan import EXACT, Plan, Reached, Wanted
from made_encoder import Floats, clustered

KINDS = [EXACT, *registry.names("nearest/kinds")]
ROWS, N = 2_500, 50
VECTORS, QUERIES = clustered(ROWS)
BIAS = np.random.default_rng(1).standard_normal(ROWS).astype(np.float32)
NUMBER = np.random.default_rng(2).permutation(2 * ROWS)[:ROWS].astype(np.int32)
"""The shop numbers its items otherwise than the model, and has more of them."""


@cache
def built(kind: str) -> tuple[Plan, Index | None]:
    return build(Rows.of(VECTORS, BIAS), QUERIES[:12], Wanted(kind=kind, recall=0.95))


def items_of(kind: str) -> Items:
    plan, index = built(kind)
    if index is None:
        return Items(VECTORS, BIAS, NUMBER)
    # Comparing so few is quicker: here the index shall answer all the same.
    surely = structs.replace(plan, exact_ms=math.inf)
    return Items(VECTORS, BIAS, NUMBER, Index(surely, index.faiss, index.lifted, NUMBER))


def brute(
    vector: Floats, n: int, mask: npt.NDArray[np.bool_], number: npt.NDArray[np.int32] = NUMBER
) -> npt.NDArray[np.int32]:
    scores = np.where(mask[number], VECTORS[: len(number)] @ vector + BIAS[: len(number)], -np.inf)
    best = np.argsort(-scores, kind="stable")[:n]
    return number[best[np.isfinite(scores[best])]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [1.0, 0.95, 0.5, 0.1, 0.01, 0.001])
def test_it_finds_what_a_filter_leaves(kind: str, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a filter, the answer is full, keeps to it, and is nearly all of what brute force finds, best first."""
    # So small a catalogue would be compared where a quarter is allowed: here the index shall answer.
    monkeypatch.setattr("lingxi.nearest.items.SOON", 0)
    items = items_of(kind)
    mask = np.random.default_rng(3).random(2 * ROWS) < share

    met = []
    for query in QUERIES:
        found, scores = items.top(query, N, Allowed(mask))
        right = brute(query, N, mask)
        assert found.dtype == np.int32
        assert mask[found].all()
        assert len(found) == len(set(found.tolist())) == len(right)
        assert (np.diff(scores) <= 0).all()
        np.testing.assert_allclose(items.scores(query, found), scores, rtol=1e-5)
        met.append(np.isin(right, found).mean())

    assert np.mean(met) >= (0.9 if share > 0.02 else 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_tells_what_was_measured(kind: str) -> None:
    """Given a built index, its plan names kind, efforts and both recalls, which reach what was wanted."""
    plan, index = built(kind)

    assert plan.kind == kind
    assert plan.rows == ROWS
    if index is not None:
        assert plan.recall == min(each.recall for each in plan.reached) >= 0.95
        assert [each.share for each in plan.reached] == [1.0, 0.5, 0.25, 0.1]
        efforts = [each.effort for each in plan.reached]
        assert efforts == sorted(efforts)
        assert index.effort(0.3) == efforts[2]
        assert index.effort(0.05) >= efforts[3]
        assert plan.queries == 12
        assert plan.bytes > 0


@pytest.mark.parametrize("kind", KINDS)
def test_new_changed_and_deleted_items_are_known_at_once(kind: str) -> None:
    """Given changes, the next answer has the new item first, the changed one by its new vector, the deleted one not;
    and so it stays when the index is built anew."""
    items = items_of(kind)
    query = QUERIES[0]
    gone, changed, new = int(items.top(query, 1)[0][0]), int(NUMBER[np.argmin(VECTORS @ query)]), 2 * ROWS + 7

    items.remove(np.array([gone], np.int32))
    items.put(np.array([new, changed], np.int32), np.stack([query * 9, query * 8]), np.zeros(2, np.float32))

    for each in (items, items.rebuilding()().adopt(items)):
        found, _ = each.top(query, 20)
        assert found[:2].tolist() == [new, changed]
        assert gone not in found
        assert len(set(found.tolist())) == 20
        assert each.scores(query, np.array([gone], np.int32))[0] == -np.inf
        assert len(each) == ROWS


@pytest.mark.parametrize("kind", KINDS)
def test_a_filtered_answer_stays_full_when_its_best_go(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a mask that is used again and again, items that went make room for the next best."""
    monkeypatch.setattr("lingxi.nearest.items.SOON", 0)
    items, allowed = items_of(kind), Allowed(np.random.default_rng(4).random(2 * ROWS) < 0.5)
    first = items.top(QUERIES[2], 20, allowed)[0]

    items.remove(first[:15])

    then = items.top(QUERIES[2], 20, allowed)[0]
    assert len(then) == 20
    assert then[:5].tolist() == first[15:].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_while_an_index_is_built_anew_is_not_lost(kind: str) -> None:
    """Given changes between the beginning and the end of a rebuilding, the new part has them too."""
    items = items_of(kind)
    query = QUERIES[1]
    new = items.rebuilding()

    first = items.top(query, 2)[0]
    items.remove(first[:1])
    items.put(np.array([9_000], np.int32), query[None] * 9, np.zeros(1, np.float32))

    found, _ = new().adopt(items).top(query, 2)
    assert found.tolist() == [9_000, first[1]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_vector_that_is_no_number_is_refused_and_does_no_harm(kind: str) -> None:
    """Given NaN and infinity among the vectors, they are named, never found, and the others are."""
    vectors, bias = VECTORS[:400].copy(), BIAS[:400].copy()
    vectors[5, 2], bias[9] = np.nan, np.inf
    plan, index = build(Rows.of(vectors, bias), QUERIES[:4], Wanted(kind=kind, recall=0.9))
    items = Items(vectors, bias, np.arange(400, dtype=np.int32), index)

    found, scores = items.top(QUERIES[0], 400)

    assert plan.refused == 2
    assert items.refused.tolist() == [5, 9]
    assert sorted(found.tolist()) == sorted(set(range(400)) - {5, 9})
    assert np.isfinite(scores).all()
    refused = items.put(np.array([500], np.int32), np.full((1, 8), np.nan, np.float32), np.zeros(1, np.float32))
    assert refused.tolist() == [500]
    assert not items.has(refused).any()


def test_a_small_catalogue_needs_no_index() -> None:
    """Given fewer items than an index pays for, there is none."""
    plan, index = build(Rows.of(VECTORS, BIAS), QUERIES, Wanted())

    assert (plan.kind, index) == (EXACT, None)


def test_what_does_not_fit_is_not_built() -> None:
    """Given a budget that only the smallest kinds fit, whole vectors are not tried; with none that fits it is told."""
    from lingxi.nearest.build import candidates

    assert candidates(1_000_000, 64, Wanted(memory_mb=100)) == ["ivf_sq8", "ivf_pq"]
    assert candidates(1_000_000, 64, Wanted(memory_mb=30)) == ["ivf_pq"]
    assert candidates(300_000, 64, Wanted())[0] == "ivf_flat"
    with pytest.raises(Unknown, match="'ivff'") as error:
        candidates(1, 64, Wanted(kind="ivff"))
    assert "ivf_flat" in error.value.remedy


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([EXACT, "ivf_flat"]),
    steps=st.lists(st.tuples(st.sampled_from(["put", "remove", "rebuild"]), st.integers(0, 59)), max_size=25),
    seed=st.integers(0, 99),
)
def test_any_changes_leave_what_brute_force_finds(kind: str, steps: list[tuple[str, int]], seed: int) -> None:
    """Given any run of puts, removals and rebuildings, the answer is that of the items as they stand."""
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((40, 4)).astype(np.float32)
    zero = np.zeros(40, np.float32)
    _, index = build(Rows.of(first, zero), first[:4], Wanted(kind=kind, recall=0.999))
    if index is not None:
        most = index.kind.most(index.faiss)
        index.plan = Plan(kind=kind, rows=40, reached=(Reached(0.0, most, 1.0, 0.0),))
    items = Items(first, zero, np.arange(40, dtype=np.int32), index)
    there = dict(enumerate(first))
    for step, item in steps:
        number = np.array([item], np.int32)
        if step == "put":
            there[item] = rng.standard_normal(4).astype(np.float32)
            items.put(number, there[item][None], np.zeros(1, np.float32))
        elif step == "remove":
            there.pop(item, None)
            items.remove(number)
        elif there:
            items = items.rebuilding()().adopt(items)
    mask = rng.random(60) < 0.5
    query = rng.standard_normal(4).astype(np.float32)

    found, scores = items.top(query, 10, Allowed(mask))

    right = sorted((float(vector @ query), item) for item, vector in there.items() if mask[item])[::-1][:10]
    assert found.tolist() == [item for _, item in right]
    np.testing.assert_allclose(scores, [score for score, _ in right], rtol=1e-4, atol=1e-5)
    assert len(items) == len(there)


def test_what_is_removed_while_another_thread_looks_for_it_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a search that has found its rows, when the best of them goes before their numbers are read, then the answer
    is the others."""
    vectors = np.eye(4, dtype=np.float32)
    items = Items(vectors, np.zeros(4, np.float32), np.arange(4))
    items.put(np.array([4, 5], np.int32), vectors[:2] * 2, np.zeros(2, np.float32))
    look = items._main

    def meanwhile(*asked: Any, **named: Any) -> Any:
        found = look(*asked, **named)
        items.remove(found[0][:1].astype(np.int32))
        return found

    monkeypatch.setattr(items, "_main", meanwhile)
    found, scores = items.top(np.array([4.0, 3.0, 2.0, 1.0], np.float32), 3)
    assert found.tolist() == [4, 5, 1]
    assert scores.tolist() == [8.0, 6.0, 3.0]


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_of_what_was_posted_since_are_told_like_all_others(kind: str) -> None:
    """Given an item that was posted, one that is gone and one that never was, each has the products that its vector
    has, which is none where there is no item."""
    items, late = items_of(kind), np.array([2 * ROWS + 5], np.int32)
    items.put(late, QUERIES[:1], np.ones(1, np.float32))
    items.remove(NUMBER[:1])
    asked = np.array([NUMBER[1], late[0], NUMBER[0], 10 * ROWS], np.int32)
    vectors = np.stack([VECTORS[1], QUERIES[0], np.zeros(8), np.zeros(8)]).astype(np.float32)

    np.testing.assert_array_equal(items.taken(asked), vectors)
    np.testing.assert_allclose(items.products(QUERIES[:3], asked), QUERIES[:3] @ vectors.T, atol=1e-5)
