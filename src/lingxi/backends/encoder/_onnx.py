"""A net over tokens in ONNX Runtime, on one thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from lingxi.domain.errors import Incompatible
from lingxi.ports.encoder import Floats

Longs = npt.NDArray[np.int64]
INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")
WHOLE: Final = "sentence_embedding"
"""What exports call a vector that is pooled already."""


class OnnxNet:
    """See `_folder.TokenNet`."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            # By its path: weights of large models lie in a file beside it.
            self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own classes share no public base
            raise _unfit(f"the encoder cannot be loaded: {error}", file) from error
        self.inputs = [each.name for each in self.session.get_inputs()]
        if INPUTS[0] not in self.inputs or not set(self.inputs) <= set(INPUTS):
            raise _unfit(f"it reads {', '.join(self.inputs)}, not {', '.join(INPUTS)}", file)
        outputs = [each.name for each in self.session.get_outputs()]
        self.output = WHOLE if WHOLE in outputs else outputs[0]
        self.file = file

    def states(self, ids: Longs, real: Longs) -> Floats:
        """See `_folder.TokenNet.states`."""
        given: dict[str, Any] = dict(zip(INPUTS, (ids, real, np.zeros_like(ids)), strict=True))
        try:
            found = self.session.run([self.output], {name: given[name] for name in self.inputs})[0]
        except Exception as error:  # as above
            raise _unfit(f"the encoder cannot be run: {error}", self.file) from error
        states = np.asarray(found, dtype=np.float32)
        if states.shape[0] != len(ids) or states.ndim not in (2, 3):
            raise _unfit(
                f"its output '{self.output}' is {list(states.shape)}, of no use for {len(ids)} texts", self.file
            )
        return states


def _unfit(what: str, file: Path) -> Incompatible:
    return Incompatible(what, where=str(file), remedy="export the model to ONNX for feature extraction")
