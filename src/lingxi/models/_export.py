"""Writing a component's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from lingxi.runtimes._files import FILE
from lingxi.runtimes._vocabulary import write_vocabulary


def write(folder: Path, name: str, ids: list[str], arrays: dict[str, npt.NDArray[np.generic]]) -> Path:
    """Makes `folder / name` with the ids and the arrays; returns it."""
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    write_vocabulary(home, ids)
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, home / FILE)
    return home
