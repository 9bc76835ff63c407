"""A net of a bundle in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime

from lingxi.domain.errors import Incompatible


def session(path: Path, what: str) -> Any:
    """The net in `path`, on one thread: slates are made side by side already. `what` names it in an error.

    Raises:
        Incompatible: it is missing, broken, or of another version.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own classes share no public base
        raise Incompatible(
            f"the {what} cannot be loaded: {error}", where=str(path), remedy="train again, or roll back"
        ) from error
