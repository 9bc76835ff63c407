"""Accuracy of ranked lists: recall, precision, NDCG, MRR, MAP and hit rate at k.

Lists of u shoppers are judged together. `hits` is bool[u, n], whether the pick at each rank is relevant (False beyond
the end of a short list); `relevant` is int64[u], how many relevant items each shopper has in all, at least 1.
Every function returns float64[u], one value a shopper, so that two rankings can be compared shopper by shopper.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def against(items: Ints, scores: Floats, relevant: Ints, k: int) -> Ints:
    """The first `k` of `items` by score, equal scores broken against the ranking: what is not relevant comes first.

    A model that gives every item one score thus earns nothing by the order in which it lists them.
    """
    good = np.isin(items, relevant)
    return items[np.lexsort((good, -scores.astype(np.float64)))[:k]]


def mark(ranked: list[Ints], relevant: list[Ints], n: int) -> Bools:
    """`hits` bool[u, n] of ranked lists, each without repeats, against each shopper's relevant items."""
    hits = np.zeros((len(ranked), n), dtype=np.bool_)
    for row, (picks, wanted) in enumerate(zip(ranked, relevant, strict=True)):
        first = picks[:n]
        hits[row, : len(first)] = np.isin(first, wanted)
    return hits


def recall(hits: Bools, relevant: Longs, k: int) -> Doubles:
    """Hits in the first k over min(k, relevant): 1 is always possible."""
    return _ratio(hits[:, :k].sum(axis=1), np.minimum(k, relevant))


def precision(hits: Bools, k: int) -> Doubles:
    """Hits in the first k over k: a list that is shorter is not better for it."""
    found: Doubles = hits[:, :k].sum(axis=1) / float(k)
    return found


def average_precision(hits: Bools, relevant: Longs, k: int) -> Doubles:
    """The precision at each hit in the first k, summed, over min(k, relevant); its mean over shoppers is MAP at k."""
    top = hits[:, :k]
    at = np.cumsum(top, axis=1) / np.arange(1, top.shape[1] + 1)
    return _ratio((at * top).sum(axis=1), np.minimum(k, relevant))


def ndcg(hits: Bools, relevant: Longs, k: int) -> Doubles:
    """Gain discounted by log2 of the rank, over the gain of the ideal list (Järvelin and Kekäläinen 2002)."""
    depth = min(k, hits.shape[1])
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(k, relevant)]
    return _ratio(hits[:, :depth] @ discounts[:depth], ideal)


def mrr(hits: Bools, k: int) -> Doubles:
    """One over the rank of the first hit in the first k, 0 without one."""
    top = hits[:, :k]
    first = np.argmax(top, axis=1) if top.shape[1] else np.zeros(len(top), dtype=np.intp)
    found: Doubles = np.any(top, axis=1).astype(np.float64) / (first + 1.0)
    return found


def hit_rate(hits: Bools, k: int) -> Doubles:
    """1 where the first k hold a relevant item, else 0."""
    found: Doubles = np.any(hits[:, :k], axis=1).astype(np.float64)
    return found


def _ratio(top: npt.NDArray[np.generic], bottom: npt.NDArray[np.generic]) -> Doubles:
    """`top / bottom`, NaN where a shopper has nothing relevant and so cannot be judged."""
    below = bottom.astype(np.float64)
    ratio: Doubles = np.divide(top.astype(np.float64), below, out=np.full(len(below), np.nan), where=below > 0)
    return ratio
