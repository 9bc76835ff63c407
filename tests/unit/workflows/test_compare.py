"""Two models side by side."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from lingxi.domain.bundle import File, Interval, Judgement, Manifest, Recipe
from lingxi.workflows.compare import SAME, compare

DAY = 86_400_000_000


def judged(**more: Any) -> Judgement:
    told = {"surface": "home", "metric": "recall@10", "since": 0, "until": 14 * DAY, "shoppers": 100, "champion": None}
    values = {"champion_value": 0.1, "challenger_value": 0.2, "difference": Interval(0.1, 0.05, 0.15), "passed": True}
    return Judgement(**{**told, **values, "reason": "it is better", **more})


def model(name: str, recall: float, **settings: Any) -> Manifest:
    return Manifest(
        format=1,
        id=name,
        shop="default",
        created=1,
        recipe=Recipe(model="sequence", settings={"width": 64, **settings}),
        components=(),
        seq=5,
        fit=(0, 9),
        judged=judged(),
        metrics={"home": {"10": {"recall": recall, "ndcg": 0.5}}, f"only {name}": {"10": {"recall": 1.0}}},
        files={"weights": File(bytes=100, sha256="")},
    )


def test_what_differs_is_named_and_figures_that_both_have_stand_side_by_side() -> None:
    a, b = model("a", 0.25), replace(model("b", 0.30, width=96, epochs=7), seq=8)
    # when
    found = compare(a, b)
    # then
    assert found.recipe == {"width": (64, 96), "epochs": (None, 7)}
    assert found.facts == {"seq": (5, 8)}
    assert [(each.ranking, each.cutoff, each.metric) for each in found.figures] == [
        ("home", "10", "recall"),
        ("home", "10", "ndcg"),
    ]
    assert found.figures[0].difference == pytest.approx(0.05)
    assert (found.comparable, found.why) == (True, SAME)
    assert found.verdicts[0] == "passed against no model: it is better"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (None, "never judged"),
        (judged(until=15 * DAY), "1.0 days apart"),
        (judged(shoppers=7), "100 and 7"),
    ],
)
def test_figures_of_other_days_or_shoppers_are_called_so(other: Judgement | None, why: str) -> None:
    found = compare(model("a", 0.25), replace(model("b", 0.3), judged=other))
    assert not found.comparable
    assert why in found.why
