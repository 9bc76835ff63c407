"""Checkpoints of one shop as folders: arrays one after the other as NumPy writes them, the rest in JSON."""

from __future__ import annotations

import io
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np
import numpy.typing as npt

from lingxi.backends._files import disk, stage_in, sync, sync_folders, write_synced
from lingxi.ports.checkpoints import Arrays

DIGITS: Final = 20
ARRAYS: Final = "state.npy"
ABOUT: Final = "about.json"
KEPT: Final = 2
"""How many are kept: one is being read while the next is published."""


class FolderCheckpoints:
    """`ports.checkpoints.Checkpoints` in `<folder>/checkpoints/<seq>/`, each renamed into place when it is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkpoints"

    def save(self, seq: int, arrays: Arrays, about: Mapping[str, Any]) -> None:
        """See `ports.checkpoints.Checkpoints.save`."""
        with disk(self.folder):
            staged = stage_in(self.folder)
            _write(staged / ARRAYS, arrays)
            sync(staged / ARRAYS)
            write_synced(staged / ABOUT, msgspec.json.encode(dict(about)))
            sync_folders(staged)
            self._put(staged, self.folder / f"{seq:0{DIGITS}}")
            for old in self._saved()[:-KEPT]:
                shutil.rmtree(old, ignore_errors=True)

    def drop(self, before: int) -> int:
        """See `ports.checkpoints.Checkpoints.drop`."""
        old = [saved for saved in self._saved() if int(saved.name) < before]
        for saved in old:
            shutil.rmtree(saved, ignore_errors=True)
        return len(old)

    def latest_seq(self) -> int | None:
        """See `ports.checkpoints.Checkpoints.latest_seq`."""
        saved = self._saved()
        return int(saved[-1].name) if saved else None

    def latest(self) -> tuple[int, dict[str, npt.NDArray[np.generic]], dict[str, Any]] | None:
        """See `ports.checkpoints.Checkpoints.latest`."""
        for saved in reversed(self._saved()):
            found = _read(saved)
            if found is not None:
                return int(saved.name), *found
        return None

    def _put(self, staged: Path, final: Path) -> None:
        if final.exists() and _read(final) is not None:
            shutil.rmtree(staged)
            return
        shutil.rmtree(final, ignore_errors=True)
        staged.rename(final)
        sync(self.folder)

    def _saved(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(each for each in self.folder.iterdir() if each.name.isdigit())


def _write(path: Path, arrays: Arrays) -> None:
    """Writes the names and then each array, none of them copied."""
    with path.open("wb") as file:
        np.save(file, np.frombuffer(msgspec.json.encode(list(arrays)), np.uint8), allow_pickle=False)
        for array in arrays.values():
            np.save(file, array, allow_pickle=False)


def _read(saved: Path) -> tuple[dict[str, npt.NDArray[np.generic]], dict[str, Any]] | None:
    try:
        about = msgspec.json.decode((saved / ABOUT).read_bytes())
        with (saved / ARRAYS).open("rb") as file:
            names = msgspec.json.decode(np.load(file, allow_pickle=False).tobytes(), type=list[str])
            return {name: _mapped(file) for name in names}, about
    except (OSError, EOFError, ValueError):
        return None


def _mapped(file: BinaryIO) -> npt.NDArray[np.generic]:
    """The array that begins here, read as its pages are touched, and not to be written."""
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(file)
    size, start = dtype.itemsize * math.prod(shape), file.tell()
    if fortran or dtype.hasobject or file.seek(0, io.SEEK_END) < start + size:
        raise ValueError("an array is cut short, or not one that is written here")
    mapped = np.memmap(file, dtype, "r", start, shape) if size else np.empty(shape, dtype)
    file.seek(start + size)
    return np.asarray(mapped)


def open_checkpoints(folder: Path) -> FolderCheckpoints:
    """The checkpoints in a shop's folder."""
    return FolderCheckpoints(folder)
