"""Export to ONNX."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from pathlib import Path

import torch
from torch import nn

NAMES = ("vectors", "kind", "age", "real")


def export_served(served: nn.Module, width: int, path: Path) -> None:
    """Writes `served` with inputs [batch, length, …] of any batch and length to one file."""
    sample = (
        torch.zeros(2, 7, width),
        torch.ones(2, 7, dtype=torch.int64),
        torch.arange(7, 0, -1).float().repeat(2, 1),
        torch.ones(2, 7),
    )
    batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            served.eval(),
            sample,
            input_names=list(NAMES),
            output_names=["vector"],
            dynamic_shapes=tuple({0: batch, 1: length} for _ in NAMES),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned no program")
    program.save(str(path), external_data=False)
