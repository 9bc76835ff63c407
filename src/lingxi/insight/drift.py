"""Whether one period is like another: PSI of shares, Kolmogorov–Smirnov of values, and what they mean in words.

PSI = Σ (p − q) ln(p / q) over the bins (Siddiqi 2006, with his thresholds 0.1 and 0.25). Two samples of one and the
same shop differ too: their PSI is about χ²(bins − 1) · (1/n + 1/m) (Yurdakul 2018), so a PSI below the 95 % point of
that is chance. So is a distance D of two empirical distributions below the 95 % point of Smirnov's limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from lingxi.insight.charts import Label
from lingxi.insight.said import Sentence, count, share

Level = Literal["chance", "same", "some", "strong"]
Measure = Literal["PSI", "KS"]
PSI_SOME: Final = 0.1
PSI_STRONG: Final = 0.25
KS_SOME: Final = 0.1
KS_STRONG: Final = 0.2
THRESHOLDS: Final[dict[Measure, tuple[float, float]]] = {"PSI": (PSI_SOME, PSI_STRONG), "KS": (KS_SOME, KS_STRONG)}
NORMAL_95: Final = 1.6449
"""The 95 % point of the normal distribution, from which that of χ² is approximated."""
EMPTY: Final = 0.5
"""What an empty bin counts as, so that a logarithm can be taken."""

MEANING: Final[dict[Level, Sentence]] = {
    "chance": Sentence("no more than chance", "与随机波动无异"),
    "same": Sentence("hardly moved", "变化很小"),
    "some": Sentence("shifted: look at what moved", "有所变化：看看变在哪里"),
    "strong": Sentence(
        "another distribution: what was learnt on the one does not hold for the other",
        "分布已经不同：在前者上学到的规律不适用于后者",
    ),
}


class Drift(Struct, frozen=True, kw_only=True):
    """How one quantity moved from a picture of `before_n` observations to one of `now_n`.

    `value` is the PSI or the D of Kolmogorov–Smirnov (`measure`), `chance` the size that two samples of one
    distribution stay under in 95 of 100 cases. `rows` shows it: (name, share before, share now).
    """

    name: str
    title: Sentence
    measure: Measure
    value: float
    chance: float
    level: Level
    before_n: int
    now_n: int
    rows: list[tuple[Label, float, float]]


def psi(before: npt.ArrayLike, now: npt.ArrayLike) -> float:
    """The population stability index of two counts over the same bins; a bin empty in one counts as half a thing."""
    counts = [np.asarray(each, np.float64) for each in (before, now)]
    used = (counts[0] > 0) | (counts[1] > 0)
    p, q = (_shares(np.where(each[used] > 0, each[used], EMPTY)) for each in counts)
    return float(np.sum((q - p) * np.log(q / p)))


def psi_by_chance(bins: int, before: float, now: float) -> float:
    """The PSI that two samples of one distribution stay under in 95 of 100 cases.

    χ² by Wilson and Hilferty (1931).
    """
    free = bins - 1
    if free < 1 or not before or not now:
        return math.inf if free >= 1 else 0.0
    spread = 2 / (9 * free)
    chi: float = free * (1 - spread + NORMAL_95 * math.sqrt(spread)) ** 3
    return chi * (1 / before + 1 / now)


def ks(before: npt.ArrayLike, now: npt.ArrayLike) -> float:
    """The greatest distance of two empirical distribution functions; not-a-numbers are left out."""
    one, two = (np.sort(_numbers(each)) for each in (before, now))
    if not len(one) or not len(two):
        return 0.0
    at = np.concatenate([one, two])
    gap = np.searchsorted(one, at, "right") / len(one) - np.searchsorted(two, at, "right") / len(two)
    return float(np.max(np.abs(gap)))


def ks_by_chance(before: int, now: int) -> float:
    """The distance that two samples of one distribution stay under in 95 of 100 cases (Smirnov 1948)."""
    return 1.3581 * math.sqrt(1 / before + 1 / now) if before and now else math.inf


def of_counts(
    name: str, title: Sentence, names: Sequence[Label], before: npt.ArrayLike, now: npt.ArrayLike, show: int = 24
) -> Drift:
    """The drift of counts over the same named bins; shows the `show` bins that moved most, in their own order."""
    p, q = np.asarray(before, np.float64), np.asarray(now, np.float64)
    n, m = float(p.sum()), float(q.sum())
    value = psi(p, q) if n and m else 0.0
    chance = psi_by_chance(int(((p > 0) | (q > 0)).sum()), n, m)
    shares = (_shares(p), _shares(q))
    moved = np.sort(np.argsort(-np.abs(shares[1] - shares[0]), kind="stable")[:show])
    rows = [(names[k], float(shares[0][k]), float(shares[1][k])) for k in moved if p[k] or q[k]]
    return _drift(name, title, "PSI", (value, chance), (int(n), int(m)), rows)


def of_values(
    name: str, title: Sentence, edges: Sequence[float], names: Sequence[Label], before: Any, now: Any
) -> Drift:
    """The drift of values; `edges` (one more than `names`) bin them for the eye only."""
    one, two = _numbers(before), _numbers(now)
    value, chance = ks(one, two), ks_by_chance(len(one), len(two))
    bins = [_shares(np.histogram(each, [*edges])[0].astype(np.float64)) for each in (one, two)]
    rows = [(label, float(p), float(q)) for label, p, q in zip(names, *bins, strict=True) if p or q]
    return _drift(name, title, "KS", (value, chance), (len(one), len(two)), rows)


def _drift(
    name: str,
    title: Sentence,
    measure: Measure,
    size: tuple[float, float],
    observations: tuple[int, int],
    rows: list[tuple[Label, float, float]],
) -> Drift:
    """The drift of a `size` (its value, and that by chance) by the thresholds of its measure."""
    value, chance = size
    before, now = observations
    level = _level(value, chance, *THRESHOLDS[measure])
    return Drift(
        name=name,
        title=title,
        measure=measure,
        value=value,
        chance=chance,
        level=level,
        before_n=before,
        now_n=now,
        rows=rows,
    )


def said(drift: Drift) -> Sentence:
    """The drift in one sentence with its figures."""
    if math.isinf(drift.chance):
        return Sentence(
            f"{drift.title.en}: one of the two has none to compare.", f"{drift.title.zh}：其中一方没有数据，无法比较。"
        )
    body = weighed(drift)
    return Sentence(f"{drift.title.en}: {body.en}", f"{drift.title.zh}：{body.zh}")


def weighed(drift: Drift) -> Sentence:
    """What it means, with the figures behind it."""
    of = f"{count(drift.before_n)} / {count(drift.now_n)}"
    figures = f"{drift.measure} {drift.value:.3f}"
    meaning, chance = meant(drift), f"{drift.chance:.2g}"
    return Sentence(
        f"{meaning.en} ({figures}; chance stays under {chance}; {of} observations).",
        f"{meaning.zh}（{figures}；随机波动一般低于 {chance}；样本 {of}）。",
    )


def meant(drift: Drift) -> Sentence:
    """What it means, and what moved most where anything did."""
    meaning = MEANING[drift.level]
    if drift.level == "chance" or not drift.rows:
        return meaning
    name, before, now = max(drift.rows, key=lambda row: round(abs(row[2] - row[1]), 9))
    word = Sentence(name, name) if isinstance(name, str) else name
    if drift.measure == "KS":
        word = Sentence(f"the bin {word.en}", f"{word.zh} 一档")
    return Sentence(
        f"{meaning.en}; most of all {word.en}, from {share(before)} to {share(now)}",
        f"{meaning.zh}；变化最大的是 {word.zh}，从 {share(before)} 到 {share(now)}",
    )


def _level(value: float, chance: float, some: float, strong: float) -> Level:
    if value <= chance:
        return "chance"
    return "strong" if value >= strong else "some" if value >= some else "same"


def _shares(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return counts / max(float(counts.sum()), 1e-12)


def _numbers(values: Any) -> npt.NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    return array[np.isfinite(array)]
