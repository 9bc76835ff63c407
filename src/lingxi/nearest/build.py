"""Builds an index: the kind that fits the memory, at the least effort that finds what it must."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import faiss
import numpy as np
import numpy.typing as npt
from msgspec import structs

from lingxi import registry
from lingxi.nearest.allowed import Allowed
from lingxi.nearest.index import Index
from lingxi.nearest.kind import Kind
from lingxi.nearest.plan import AUTO, EXACT, Plan, Reached, Wanted
from lingxi.nearest.top import nearest, nearest_of
from lingxi.nearest.vectors import Lifted, blocks, fingerprint, sound

ORDER: Final = ("ivf_flat", "hnsw", "ivf_sq8", "ivf_pq")
"""Kinds as they are tried: the quickest to build and search first."""
GRAPH: Final = 500_000
"""Rows up to which a graph is built in minutes."""
K: Final = 200
TRAINED: Final = 524_288
"""Rows that an index learns its centres from, at most."""
FIRST: Final = 4
SHARES: Final = (1.0, 0.5, 0.25, 0.1)
"""The shares of rows under which efforts are measured: between two of them the smaller one's is taken."""
SPARE: Final = 0.25
"""The part of what may be missed that is kept in hand: other queries are not those that were measured."""
CLOCKED: Final = 32
Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """What is to be found: `vectors` float32[rows, d] (an array or a mapped file), `bias` float32[rows]; `kept`
    bool[rows] are finite."""

    vectors: Floats
    bias: Floats
    kept: Bools

    @classmethod
    def of(cls, vectors: Floats, bias: Floats) -> Rows:
        """Looks which are finite."""
        return cls(vectors, bias, sound(vectors, bias))

    def __len__(self) -> int:
        return len(self.vectors)


@dataclass(frozen=True, slots=True)
class Question:
    """Queries whose answer is known: `truth` int64[queries, k] are the rows that are right among the allowed ones, a
    `share` of all."""

    queries: Floats
    allowed: Allowed
    truth: Longs
    share: float


def build(rows: Rows, queries: Floats, wanted: Wanted, threads: int = 1, seed: int = 0) -> tuple[Plan, Index | None]:
    """The plan and the index, None where all rows are compared. `queries` float32[q, d] are what will be asked.

    Raises:
        Unknown: there is no such kind.
    """
    refused = int(len(rows) - rows.kept.sum())
    exact = Plan(kind=EXACT, rows=len(rows), refused=refused)
    if wanted.kind == EXACT or (wanted.kind == AUTO and len(rows) <= wanted.exact_items) or not len(queries):
        return exact, None
    names = candidates(len(rows), rows.vectors.shape[1], wanted)
    asked = questions(rows, queries, seed)
    tried = []
    for name in names:
        with _threads(threads):
            plan, index = filled(name, rows, seed)
        plan = tuned(plan, index, rows, asked, wanted.recall)
        if plan.recall < wanted.recall:
            tried.append(f"{name} finds {plan.recall:.3f}")
        elif wanted.kind == AUTO and plan.reached[0].ms > plan.exact_ms:
            tried.append(f"{name} takes {plan.reached[0].ms:.2f} ms, the whole product {plan.exact_ms:.2f}")
        else:
            index.plan = plan
            return plan, index
    return structs.replace(exact, note="; ".join(tried) or f"no index fits {wanted.memory_mb} MB"), None


def candidates(rows: int, width: int, wanted: Wanted) -> list[str]:
    """The kinds to try, in order.

    Raises:
        Unknown: a kind is wanted that there is not; the remedy names those that there are.
    """
    if wanted.kind != AUTO:
        return [registry.choose("kind of index", wanted.kind, registry.names("nearest/kinds"))]
    room = wanted.memory_mb << 20
    small = [name for name in ORDER if _kind(name).bytes(rows, width) <= room]
    return [name for name in small if name != "hnsw" or rows <= GRAPH]


def filled(name: str, rows: Rows, seed: int = 0) -> tuple[Plan, Index]:
    """An index of all rows, without an effort yet."""
    started = time.perf_counter()
    kind, lifted = _kind(name), Lifted(rows.vectors.shape[1], rows.bias, rows.kept)
    index = kind.empty(len(rows), lifted.width)
    if not index.is_trained:
        chosen = np.flatnonzero(rows.kept)
        drawn = np.random.default_rng(seed).permutation(len(chosen))[:TRAINED]
        index.train(_lift(lifted, rows, np.sort(chosen[drawn])))
    for part in blocks(len(rows)):
        index.add(_lift(lifted, rows, part))
    plan = Plan(
        kind=name,
        rows=len(rows),
        width=lifted.width,
        seconds=round(time.perf_counter() - started, 1),
        bytes=kind.bytes(len(rows), lifted.width),
        fingerprint=fingerprint(rows.vectors, rows.bias),
        refused=int(len(rows) - rows.kept.sum()),
    )
    return plan, Index(plan, index, lifted, np.where(rows.kept, np.arange(len(rows)), -1))


def tuned(plan: Plan, index: Index, rows: Rows, asked: list[Question], target: float) -> Plan:
    """The plan with the least efforts that reach the target, for each share of rows that is asked about."""
    aim = target + SPARE * (1.0 - target)
    reached: list[Reached] = []
    for each in asked:
        effort, recall = _least(index, rows, each, aim, reached[-1].effort if reached else 0)
        ms = _clocked(partial(found, index, rows, each.allowed, effort), each.queries)
        reached.append(Reached(each.share, effort, round(recall, 4), ms))
    queries = asked[0].queries
    return structs.replace(
        plan,
        reached=tuple(reached),
        recall=min(each.recall for each in reached),
        queries=len(queries),
        exact_ms=_clocked(lambda query: nearest(rows.vectors, rows.bias, query, K), queries),
    )


def _least(index: Index, rows: Rows, asked: Question, aim: float, least: int) -> tuple[int, float]:
    """Doubles the effort, from `least` on, until it is enough, then looks between the last two."""
    most = index.kind.most(index.faiss)
    effort, too_little = min(max(FIRST, least), most), max(least - 1, 0)
    recall = recall_at(index, rows, asked, effort)
    while recall < aim and effort < most:
        too_little, effort = effort, min(2 * effort, most)
        recall = recall_at(index, rows, asked, effort)
    while recall >= aim and effort - too_little > max(1, effort // 8):
        middle = (effort + too_little) // 2
        reached = recall_at(index, rows, asked, middle)
        if reached >= aim:
            effort, recall = middle, reached
        else:
            too_little = middle
    return effort, recall


def recall_at(index: Index, rows: Rows, asked: Question, effort: int) -> float:
    """The share of what is right that is found at this effort, in the mean of the queries."""
    met = [
        np.isin(right[right >= 0], found(index, rows, asked.allowed, effort, query)).mean()
        for query, right in zip(asked.queries, asked.truth, strict=True)
        if (right >= 0).any()
    ]
    return float(np.mean(met)) if met else 1.0


def found(index: Index, rows: Rows, allowed: Allowed, effort: int, query: Floats) -> Longs:
    """The rows that a search at this effort ends with: fetched by the index, put in order by exact products."""
    near = index.search(query, K, effort, allowed)
    best: Longs = nearest_of(rows.vectors, rows.bias, query, near, index.number, allowed.mask, K)[0]
    return best


def questions(rows: Rows, queries: Floats, seed: int = 0) -> list[Question]:
    """The queries, asked of all rows and under a filter, drawn by chance, for each of SHARES."""
    drawn = np.random.default_rng(seed + 1).random(len(rows))
    return [question(rows, queries, None if share == 1.0 else drawn < share, share) for share in SHARES]


def question(rows: Rows, queries: Floats, keep: Bools | None, share: float) -> Question:
    """The exact answers, made block by block."""
    keep = rows.kept if keep is None else keep & rows.kept
    best = np.full((len(queries), K), -1, dtype=np.int64)
    score = np.full((len(queries), K), -np.inf, dtype=np.float32)
    for part in blocks(len(rows)):
        held = np.flatnonzero(keep[part]) + part.start
        if len(held):
            made = queries @ np.asarray(rows.vectors[held]).T + rows.bias[held]
            every = np.concatenate([score, made], axis=1)
            number = np.concatenate([best, np.broadcast_to(held, made.shape)], axis=1)
            first = np.argpartition(-every, K - 1, axis=1)[:, :K]
            score, best = np.take_along_axis(every, first, 1), np.take_along_axis(number, first, 1)
    return Question(queries, Allowed(keep), best, share)


def _lift(lifted: Lifted, rows: Rows, part: Any) -> Floats:
    return lifted.rows(np.asarray(rows.vectors[part]), rows.bias[part], rows.kept[part])


def _kind(name: str) -> Kind:
    kind: Kind = registry.load("nearest/kinds", name, "KIND")
    return kind


def _clocked(answer: Any, queries: Floats) -> float:
    """Milliseconds a query."""
    answer(queries[0])
    spent = []
    for query in queries[:CLOCKED]:
        started = time.perf_counter()
        answer(query)
        spent.append(time.perf_counter() - started)
    return round(float(np.median(spent)) * 1e3, 4)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    faiss.omp_set_num_threads(max(1, count))
    try:
        yield
    finally:
        faiss.omp_set_num_threads(1)
