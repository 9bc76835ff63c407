"""A snapshot on disk: what the log says up to `seq` within a window, as Arrow, deleted after training.

It is read as it lies: pages of the file come into memory as they are used, and the system takes them back.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lingxi.domain.errors import Incompatible
from lingxi.domain.history import Goods, Interactions, People

TEXTS = ("ids", "titles")
NAMES = ("categories", "brands", "sellers")
"""What the catalog's columns are numbers of: in the JSON beside them."""
FLAGS = ("marked",)
"""Kept as bytes: Arrow's bits could not be read as they lie."""
INTERACTIONS, PEOPLE, GOODS, ABOUT = "interactions.arrow", "people.arrow", "goods.arrow", "snapshot.json"
TEXT = "text.npy"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What names a snapshot, so that it can be made again: the log position and the window, µs UTC.

    `marks` says how many events up to `seq` have which marks ("": none), `left_out` whose events are not in it.
    """

    seq: int
    since: int
    until: int
    categories: list[str] = []
    brands: list[str] = []
    sellers: list[str] = []
    marks: dict[str, int] = {}
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder that holds it."""
        return f"{self.seq}-{self.since}-{self.until}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot; one that was read lies in its files."""

    about: About
    interactions: Interactions
    goods: Goods

    def write(self, home: Path) -> Path:
        """Writes it to a folder of its own in `home`, named by its seq and window; returns the folder."""
        folder = home / self.about.name
        folder.mkdir(parents=True, exist_ok=True)
        acts, people = self.interactions.columns(), self.interactions.people
        acts |= {name: acts[name].view(np.uint8) for name in FLAGS}
        goods = {
            each.name: getattr(self.goods, each.name) for each in fields(Goods) if each.name not in (*NAMES, "text")
        }
        _write(folder / INTERACTIONS, acts)
        _write(folder / PEOPLE, {each.name: getattr(people, each.name) for each in fields(People)})
        _write(folder / GOODS, goods)
        np.save(folder / TEXT, self.goods.text, allow_pickle=False)
        about = msgspec.structs.replace(self.about, **{name: getattr(self.goods, name) for name in NAMES})
        (folder / ABOUT).write_bytes(msgspec.json.encode(about))
        return folder


def read(folder: Path) -> Snapshot:
    """The snapshot in `folder`.

    Raises:
        Incompatible: a file is missing or broken.
    """
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
        acts, goods, who = (_read(folder / name) for name in (INTERACTIONS, GOODS, PEOPLE))
        text = np.load(folder / TEXT, mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError, msgspec.MsgspecError, pa.ArrowException) as error:
        raise Incompatible(
            f"a snapshot cannot be read: {error}", where=str(folder), remedy="run lingxi train again"
        ) from error
    people = People(**{name: _numbers(who[name]) for name in who.column_names})
    lines = {name: _numbers(acts[name]) for name in acts.column_names}
    lines |= {name: lines[name].view(np.bool_) for name in FLAGS}
    interactions = Interactions.of(lines, people)
    columns: dict[str, Any] = {name: getattr(about, name) for name in NAMES}
    for name in goods.column_names:
        columns[name] = goods[name].to_pylist() if name in TEXTS else _numbers(goods[name])
    return Snapshot(about, interactions, Goods(**columns, text=text))


def delete(folder: Path) -> None:
    """Deletes it; nothing happens if it is gone."""
    shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, columns: Mapping[str, object]) -> None:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path), "r") as source:
        return pa.ipc.open_file(source).read_all()


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return numbers
