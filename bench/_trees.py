"""A ranker's trees as an ONNX ensemble, which the kernel of `runtimes/trees.py` stands for, and how long both take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from lingxi.rankers.trees import PARAMETERS, forest_of, known
from lingxi.runtimes.trees import Forest

CANDIDATES, WIDTH, TREES = 300, 40, 80
TRIES = 300


def speeds(seed: int = 0) -> dict[str, float]:
    """Milliseconds, the median of many tries in turns, of the kernel and of ONNX Runtime for the same trees; and how
    far their answers are apart."""
    forest, values = _grown(seed)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(ensemble(forest, WIDTH), options, providers=["CPUExecutionProvider"])
    rows = known(values).astype(np.float32)
    columns = np.asfortranarray(values)
    kernel, onnx = _in_turns(lambda: forest.correct(columns)[0], lambda: session.run(None, {"x": rows})[0][:, 0])
    apart = float(np.abs(forest.correct(columns)[0] - session.run(None, {"x": rows})[0][:, 0]).max())
    return {"trees_ms": round(kernel, 4), "onnx_ms": round(onnx, 4), "apart": apart}


def _in_turns(*made: Callable[[], Any]) -> list[float]:
    took: list[list[float]] = [[] for _ in made]
    for _ in range(TRIES):
        for place, make in enumerate(made):
            started = time.perf_counter()
            make()
            took[place].append(1e3 * (time.perf_counter() - started))
    return [float(np.median(each)) for each in took]


def _grown(seed: int) -> tuple[Forest, Any]:
    import lightgbm

    rng = np.random.default_rng(seed)
    values = rng.normal(size=(18_000, WIDTH)).astype(np.float32)
    values[rng.random(values.shape) < 0.05] = np.nan
    wanted = rng.random(len(values)) < 1 / (1 + np.exp(2 - np.nan_to_num(values[:, 0] * values[:, 1] + values[:, 2])))
    data = lightgbm.Dataset(known(values), wanted, group=[60] * (len(values) // 60))
    model = lightgbm.train({**PARAMETERS, "seed": seed}, data, TREES)
    return forest_of([[each["tree_structure"] for each in model.dump_model()["tree_info"]]]), values[:CANDIDATES]


def ensemble(forest: Forest, width: int) -> bytes:
    """The trees of one goal over `width` inputs as an ONNX TreeEnsembleRegressor."""
    trees, inner = forest.feature.shape
    nodes = 2 * inner + 1
    limit, asked = np.full((trees, nodes), np.inf, np.float32), np.zeros((trees, nodes), np.int64)
    limit[:, :inner], asked[:, :inner] = forest.threshold, forest.feature
    there = np.ones((trees, nodes), np.bool_)
    for node in range(1, nodes):
        above = (node - 1) // 2
        there[:, node] = there[:, above] & np.isfinite(limit[:, above])
    tree, node = np.nonzero(there)
    leaf = ~np.isfinite(limit[tree, node])
    told = {
        "nodes_treeids": tree,
        "nodes_nodeids": node,
        "nodes_featureids": asked[tree, node],
        "nodes_values": np.where(leaf, 0, limit[tree, node]),
        "nodes_truenodeids": np.where(leaf, 0, 2 * node + 1),
        "nodes_falsenodeids": np.where(leaf, 0, 2 * node + 2),
        "target_treeids": tree[leaf],
        "target_nodeids": node[leaf],
        "target_ids": np.zeros(int(leaf.sum()), np.int64),
        "target_weights": forest.value[tree[leaf], node[leaf]],
    }
    modes = ["LEAF" if each else "BRANCH_LEQ" for each in leaf.tolist()]
    made = helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_modes=modes,
        **{name: each.tolist() for name, each in told.items()},
    )
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, k]) for name, k in (("x", width), ("y", 1))]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    graph = helper.make_graph([made], "trees", ends[:1], ends[1:])
    model: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    return model
