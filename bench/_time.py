"""The protocol by time: learn up to a cut, choose on the days before it, judge on the days after it."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from _quality import KEYS, Row, loaded, milliseconds, size_of
from _sets import print_of, timed
from demo_quality import HOME, log_of_the_shop

from lingxi.domain.bundle import Interval, Recipe
from lingxi.domain.history import Goods, Interactions
from lingxi.metrics import ranking
from lingxi.metrics.interval import paired
from lingxi.ports.model import Model, Runtime
from lingxi.train import fit as fitting
from lingxi.train.evaluate import Lists, figures, rank
from lingxi.train.split import DAY, Histories, Split, split

DAYS = 14
SPOKEN = 500
"""Shoppers whose answers are timed."""
Doubles = npt.NDArray[np.float64]


@dataclass(slots=True)
class Period:
    """A log with two cuts: `early` is validated on the days up to the second, `late` is judged on those after it."""

    name: str
    print: str
    goods: Goods
    early: Split
    late: Split
    own: Lists | None = None

    @property
    def past(self) -> Interactions:
        """What is learnt from in the end."""
        return self.late.past

    def __len__(self) -> int:
        return len(self.late.truth)

    def baseline(self) -> Lists:
        """Own decayed frequency, which every model is compared with."""
        if self.own is None:
            model, _ = _fitted(Recipe(model="own_decayed", settings={}), self.late, self.goods, None)
            with tempfile.TemporaryDirectory() as folder:
                runtime = loaded(Path(folder), model.export(Path(folder), "own_decayed"), self.goods)
                self.own = rank("own_decayed", runtime, Histories(self.late.past), self.late.truth, self.late.at)
        return self.own


def period_of(data: Path | None) -> Period:
    """The demo's log, or a set of sequences whose ends are put at one time."""
    if data is None:
        acts, goods = log_of_the_shop()
        name, mark = "demo", print_of([HOME / ".imported"]) + str(len(acts))
    else:
        name, mark, acts, goods = timed(data)
    days = DAYS if data is None else days_of(acts)
    end = int(acts.at.max()) + 1
    early, late = split(acts, end - 2 * days * DAY, days), split(acts, end - days * DAY)
    return Period(name, mark, goods, early, late)


def days_of(acts: Interactions) -> int:
    """How many days are judged: those of the newest tenth of the acts, at most DAYS. Where sequences have no times,
    their positions are days, and two weeks of them may be all there is."""
    newest = int(acts.at.max()) + 1 - int(np.quantile(acts.at, 0.9, method="lower"))
    return min(DAYS, max(1, newest // DAY))


def run_over(period: Period, recipe: Recipe) -> Row:
    """As a shop trains: a fit that is validated finds the settings, a second one up to the cut is judged."""
    started = time.perf_counter()
    _, found = _fitted(recipe, period.early, period.goods, period.early.future)
    model, _ = _fitted(fitting.settled(recipe, found), period.late, period.goods, None)
    seconds = time.perf_counter() - started
    histories = Histories(period.late.past)
    with tempfile.TemporaryDirectory() as folder:
        runtime = loaded(Path(folder), model.export(Path(folder), recipe.model), period.goods)
        numbers = size_of(Path(folder))
        lists = rank(recipe.model, runtime, histories, period.late.truth, period.late.at)
        speed = _speed(runtime, period, histories)
    print(f"  {recipe.model} seed {recipe.seed}: two fits {seconds:.1f} s", flush=True)
    return {
        "model": recipe.model,
        "seed": recipe.seed,
        **_figures(lists, period),
        "train_s": round(seconds, 1),
        "epochs": int(found.get("epochs", 1)),
        "params": numbers,
        "ms": speed,
        "found": {name: value for name, value in found.items() if name != "curve"},
    }


def _figures(lists: Lists, period: Period) -> dict[str, float]:
    """`KEYS` (p20 is the precision), then those on items new to the shopper, then the gap to own frequency."""
    truth = period.late.truth
    hits = ranking.mark(lists.picks, truth.items, 20)
    sizes = np.array([len(each) for each in truth.items], dtype=np.int64)
    whole = dict(
        zip(
            KEYS,
            (
                ranking.recall(hits, sizes, 5),
                ranking.ndcg(hits, sizes, 5),
                ranking.recall(hits, sizes, 10),
                ranking.ndcg(hits, sizes, 10),
                ranking.precision(hits, 20),
                ranking.mrr(hits, 20),
            ),
            strict=True,
        )
    )
    both = figures(lists, truth, 10, len(period.goods))
    found = {name: float(np.nanmean(values)) for name, values in whole.items()}
    found |= {"new_r10": both.new_recall, "new_n10": both.new_ndcg}
    found |= _gap("over_own", paired(_recalls(lists, period), _recalls(period.baseline(), period)))
    found |= _gap(
        "new_over_own", paired(_recalls(lists, period, new=True), _recalls(period.baseline(), period, new=True))
    )
    return {name: round(value, 5) for name, value in found.items()}


def _recalls(lists: Lists, period: Period, *, new: bool = False) -> Doubles:
    """Recall at 10 of each shopper, of all or of what is new to them."""
    truth = period.late.truth
    items = [i[n] for i, n in zip(truth.items, truth.new, strict=True)] if new else truth.items
    sizes = np.array([len(each) for each in items], dtype=np.int64)
    return ranking.recall(ranking.mark(lists.new if new else lists.picks, items, 10), sizes, 10)


def _gap(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _fitted(recipe: Recipe, cut: Split, goods: Goods, validation: Interactions | None) -> tuple[Model, dict[str, Any]]:
    return fitting.fit(recipe, cut.past, goods, cut.at, validation, _silent)


def _speed(runtime: Runtime, period: Period, histories: Histories) -> float:
    shoppers = period.late.truth.shopper[: SPOKEN + 50].tolist()
    return milliseconds(runtime, [histories.of(each) for each in shoppers], period.late.at)


def _silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches a fit here."""
