"""LambdaMART (Burges 2010, "From RankNet to LambdaRank to LambdaMART") by LightGBM, for each goal its trees.

The trees begin at the order that there is and learn what it lacks: with few slates they change little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import save_file

from lingxi.domain.bundle import Component
from lingxi.ports.ranker import Bools, Examples, Floats
from lingxi.rankers._goals import Course, Line, calibrated, columns_of, course_of, learnable
from lingxi.runtimes._files import FILE
from lingxi.runtimes.trees import Forest

TREES: Final = 100
"""At most, for all goals together: each costs every candidate of every slate."""
DEPTH: Final = 5
PATIENCE: Final = 15
FAR: Final = np.float32(1e30)
"""In place of what is infinite; below zero also of what is not known."""
PARAMETERS: Final = {
    "objective": "lambdarank",
    "metric": "ndcg",
    "eval_at": [10],
    "lambdarank_truncation_level": 30,
    "learning_rate": 0.08,
    "num_leaves": 16,
    "max_depth": DEPTH,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "use_missing": False,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Trees:
    """See `ports.ranker.Fitted`."""

    goals: tuple[int, ...]
    pull: Floats
    scale: Floats
    offset: Floats
    forest: Forest
    width: int

    def used(self) -> Bools:
        """The inputs that any tree asks."""
        asked = np.zeros(self.width, dtype=np.bool_)
        asked[self.forest.feature[np.isfinite(self.forest.threshold)]] = True
        return asked

    def export(self, folder: Path, name: str, kept: list[int], settings: dict[str, Any]) -> Component:
        """A component of the runtime `trees`."""
        place = np.zeros(self.width, dtype=np.int32)
        place[kept] = np.arange(len(kept))
        forest = self.forest
        arrays = {"feature": place[forest.feature], "threshold": forest.threshold, "value": forest.value}
        (folder / name).mkdir(parents=True, exist_ok=True)
        save_file({**arrays, "goal": forest.goal}, folder / name / FILE)
        return Component(name=name, runtime="trees", folder=name, settings=settings)


def fit(examples: Examples, seed: int, seconds: float) -> Trees:  # noqa: ARG001 (their number bounds it)
    """See `ports.ranker.Fit`."""
    goals = learnable(examples)
    grown: list[list[dict[str, Any]]] = []
    lines: list[Line] = []
    for goal in goals:
        course, slope = course_of(examples, goal, seed)
        trees = _grown(course, TREES // len(goals), seed)
        grown.append(trees)
        lines.append(calibrated(examples, goal, slope, partial(_alone, forest_of([trees])), seed))
    return Trees(goals, *columns_of(lines), forest_of(grown), examples.values.shape[1])


def _alone(forest: Forest, values: Floats) -> Floats:
    """What one goal's trees say."""
    said: Floats = forest.correct(values)[0]
    return said


def _grown(course: Course, most: int, seed: int) -> list[dict[str, Any]]:
    """The trees as LightGBM tells them; none where not one of them made the held slates better."""
    import lightgbm  # in the train extra only

    data = [
        lightgbm.Dataset(known(each.values), wanted, group=each.sizes(), init_score=start, free_raw_data=True)
        for each, wanted, start in zip((course.learn, course.held), course.wanted, course.start, strict=True)
        if len(each)
    ]
    checked = len(data) > 1
    stop: list[Any] = [lightgbm.early_stopping(PATIENCE, verbose=False)] if checked else []
    grown = lightgbm.train({**PARAMETERS, "seed": seed}, data[0], most, valid_sets=data[1:], callbacks=stop)
    told = grown.dump_model(num_iteration=grown.best_iteration if checked else -1)
    return [each["tree_structure"] for each in told["tree_info"]]


def known(values: Floats) -> Floats:
    """The inputs as LightGBM gets them: what is not known is less than everything, as where a tree is walked."""
    return np.clip(np.where(np.isnan(values), -FAR, values), -FAR, FAR)


def forest_of(goals: list[list[dict[str, Any]]]) -> Forest:
    """LightGBM's trees of each goal as whole trees of one depth."""
    trees = [(goal, tree) for goal, grown in enumerate(goals) for tree in grown]
    inner = (1 << DEPTH) - 1
    forest = Forest(
        feature=np.zeros((len(trees), inner), dtype=np.int32),
        threshold=np.full((len(trees), inner), np.inf, dtype=np.float32),
        value=np.zeros((len(trees), 2 * inner + 1), dtype=np.float32),
        goal=np.array([goal for goal, _ in trees], dtype=np.int32),
        goals=len(goals),
    )
    for place, (_, tree) in enumerate(trees):
        _fill(forest, place, 0, tree)
    return forest


def _fill(forest: Forest, tree: int, at: int, node: dict[str, Any]) -> None:
    """Puts a node and all below it in their places; below a leaf lies the leaf again, to the left of everything."""
    inner = at < forest.feature.shape[1]
    if "leaf_value" in node:
        forest.value[tree, at] = node["leaf_value"]
        below = (node, node)
    else:
        forest.value[tree, at] = node["internal_value"]
        forest.feature[tree, at], forest.threshold[tree, at] = node["split_feature"], _below(node["threshold"])
        below = (node["left_child"], node["right_child"])
    if inner:
        for side, each in enumerate(below):
            _fill(forest, tree, 2 * at + 1 + side, each)


def _below(threshold: float) -> np.float32:
    """The greatest float32 that is no greater: of float32 inputs it divides the same."""
    near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))
