"""Reading the arrays of a component."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from lingxi.domain.errors import Incompatible

FILE = "arrays.safetensors"


def read_arrays(folder: Path, *names: str) -> list[npt.NDArray[Any]]:
    """The arrays of these names.

    Raises:
        Incompatible: the file is missing, broken or lacks one of them.
    """
    path = folder / FILE
    try:
        arrays = load_file(path)
        return [arrays[name] for name in names]
    except (OSError, SafetensorError, KeyError) as error:
        raise Incompatible(
            f"the arrays of a model cannot be read: {error}",
            where=str(path),
            remedy="train again, or roll back to an earlier model",
        ) from error
