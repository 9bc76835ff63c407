"""An encoder that nobody had to train: a history's vector is the mean of what it holds, in a real ONNX file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from msgspec import structs, to_builtins
from onnx import TensorProto, helper
from safetensors.numpy import save_file

from lingxi.domain.bundle import Component
from lingxi.domain.event import KINDS
from lingxi.nearest.build import Rows, build
from lingxi.nearest.index import write_index
from lingxi.nearest.plan import Wanted
from lingxi.runtimes import encoder_onnx
from lingxi.runtimes._files import FILE
from lingxi.runtimes._vocabulary import write_vocabulary

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MadeBundle:
    """A bundle whose sequence model is made by hand."""

    runtimes: dict[str, Any]
    id: str = "made"
    statistics: dict[str, Any] = field(default_factory=dict)


def clustered(rows: int, width: int = 8, clusters: int = 40, seed: int = 0) -> tuple[Floats, Floats]:
    """Vectors of a seeded mixture, float32[rows, width], and 24 queries from the same."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((clusters, width)) * 2
    every = centres[rng.integers(0, clusters, rows + 24)] + rng.standard_normal((rows + 24, width)) * 0.5
    return every[:rows].astype(np.float32), every[rows:].astype(np.float32)


def written(folder: Path, ids: Sequence[str], vectors: Floats, bias: Floats, wanted: Wanted | None = None) -> Component:
    """The component `sequence` in `folder`; with the index that is `wanted`."""
    home = folder / "sequence"
    home.mkdir(parents=True)
    write_vocabulary(home, ids)
    every = np.concatenate([vectors, np.zeros((1, vectors.shape[1]), np.float32)])
    save_file({"vectors": every, "bias": bias}, home / FILE)
    _write_net(home / encoder_onnx.NET, vectors.shape[1])
    settings: dict[str, Any] = {"length": 8, "kinds": [1] * len(KINDS), "items": len(ids)}
    if wanted is not None:
        plan, index = build(Rows.of(vectors, bias), vectors[np.isfinite(vectors).all(axis=1)][::50], wanted)
        # Comparing so few is quicker: the index shall answer all the same.
        settings["index"] = to_builtins(structs.replace(plan, exact_ms=1e9))
        if index is not None:
            write_index(home, index.faiss)
    return Component(name="sequence", runtime="encoder_onnx", folder="sequence", settings=settings)


def _write_net(path: Path, width: int) -> None:
    shapes = {"vectors": ["b", "t", width], "kind": ["b", "t"], "age": ["b", "t"], "real": ["b", "t"]}
    types = {"kind": TensorProto.INT64}
    asked = [helper.make_tensor_value_info(name, types.get(name, TensorProto.FLOAT), s) for name, s in shapes.items()]
    told = helper.make_tensor_value_info("told", TensorProto.FLOAT, ["b", width])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    mean = helper.make_node("ReduceMean", ["vectors", "axes"], ["told"], keepdims=0)
    graph = helper.make_graph([mean], "mean", asked, [told], [axes])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
