"""Evaluation and its report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.train import report as reporting
from lingxi.train.beyond import known_of
from lingxi.train.evaluate import Lists, difference, figures, rank
from lingxi.train.split import Histories, Split, split

GOODS = goods_of(20)
CUT = START + 20 * DAY


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def ranked(name: str, apart: Split, folder: Path) -> Lists:
    module = registry.module("models", name)
    model = module.build(module.Config(), 0)
    model.fit(apart.past, GOODS, apart.at, None, silent)
    component = model.export(folder, name)
    ids = {each: number for number, each in enumerate(GOODS.ids)}
    runtime = registry.load("runtimes", component.runtime, "load")(folder, component, ids)
    return rank(name, runtime, Histories(apart.past), apart.truth, apart.at, GOODS.shown)


def test_own_purchases_beat_everyones(tmp_path: Path) -> None:
    """Given two tastes, own decayed frequency beats popularity, surely; all items are bought before, none is new."""
    apart = split(two_tastes(), CUT, 10)

    own, popular = ranked("own_decayed", apart, tmp_path), ranked("popular", apart, tmp_path)

    mine, theirs = figures(own, apart.truth, 10, 20), figures(popular, apart.truth, 10, 20)
    assert mine.recall > theirs.recall > 0
    assert mine.recall == pytest.approx(mine.repeat_recall, abs=0.2)
    assert difference(own, popular, apart.truth, 10).low > 0


def test_permuting_the_file_changes_no_figure(tmp_path: Path) -> None:
    """Given the same lines in another order, every figure is the same."""
    whole = two_tastes()
    moved = whole.where(np.random.default_rng(8).permutation(len(whole)))
    results = []
    for place, each in enumerate((whole, moved)):
        apart = split(each, CUT, 10)
        lists = ranked("own_decayed", apart, tmp_path / str(place))
        results.append(figures(lists, apart.truth, 10, 20))

    assert results[0] == results[1]


def test_the_report_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Given a model and a baseline, the page has the figures, charts as SVG and no address to load anything from."""
    apart = split(two_tastes(), CUT, 10)
    own, popular = ranked("own_decayed", apart, tmp_path), ranked("popular", apart, tmp_path)
    known = known_of(apart.past, Histories(apart.past), apart.truth, GOODS)
    report = reporting.Report(
        recipe=Recipe(model="own_decayed", settings={}),
        fitted_until=CUT,
        judged_until=CUT + 10 * DAY,
        shoppers=len(apart.truth),
        rows=reporting.rows_of(own, [popular], apart.truth, 20, known),
        curves={"fit": [{"epoch": 1.0, "loss": 3.0, "recall": 0.1}, {"epoch": 2.0, "loss": 2.0, "recall": 0.2}]},
        notes=["A <note>."],
    )

    reporting.write(report, tmp_path)

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 2
    assert "A &lt;note&gt;." in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    data = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in data["rows"]] == ["own_decayed", "popular"]
    assert data["rows"][1]["difference"]["10"]["low"] > 0
    assert "Beside accuracy" in page
    mine, theirs = (row["beyond"]["10"] for row in data["rows"])
    # What everyone buys is shown to all: it is spread less, known better, and further from what each chose before.
    assert theirs["gini"] > mine["gini"]
    assert theirs["miscalibration"] > mine["miscalibration"] >= 0
    assert theirs["lift"] > mine["lift"]
    assert mine["serendipity"] > theirs["serendipity"] == pytest.approx(0.0, abs=0.01)
    assert data["rows"][0]["at"]["10"]["auc"] > data["rows"][1]["at"]["10"]["auc"] > 0.5
    assert theirs["novelty"] <= mine["novelty"]
    assert data["rows"][0]["at"]["20"]["new_recall"] is None or data["rows"][0]["at"]["20"]["new_recall"] >= 0
