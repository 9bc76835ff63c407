"""A snapshot on disk: what the log says up to `seq` within a window, as Arrow, deleted after training."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec
import numpy.typing as npt
import pyarrow as pa

from lingxi.domain.errors import Incompatible
from lingxi.domain.history import Goods, Interactions, People

TEXTS = ("ids", "titles")
NAMES = ("categories", "brands", "sellers")
"""What the catalog's columns are numbers of: in the JSON beside them."""
INTERACTIONS, GOODS, ABOUT = "interactions.arrow", "goods.arrow", "snapshot.json"
PEOPLE = "people.arrow"


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
    """A snapshot in memory."""

    about: About
    interactions: Interactions
    goods: Goods

    def write(self, home: Path) -> Path:
        """Writes it to a folder of its own in `home`, named by its seq and window; returns the folder."""
        folder = home / self.about.name
        folder.mkdir(parents=True, exist_ok=True)
        people = self.interactions.people
        goods = {each.name: getattr(self.goods, each.name) for each in fields(Goods) if each.name not in NAMES}
        _write(folder / INTERACTIONS, self.interactions.columns())
        _write(folder / PEOPLE, {each.name: getattr(people, each.name) for each in fields(People)})
        _write(folder / GOODS, goods)
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
    except (OSError, msgspec.MsgspecError, pa.ArrowException) as error:
        raise Incompatible(
            f"a snapshot cannot be read: {error}", where=str(folder), remedy="run lingxi train again"
        ) from error
    people = People(**{name: _numbers(who[name]) for name in who.column_names})
    interactions = Interactions(**{name: _numbers(acts[name]) for name in acts.column_names}, people=people)
    columns: dict[str, Any] = {name: getattr(about, name) for name in NAMES}
    for name in goods.column_names:
        columns[name] = goods[name].to_pylist() if name in TEXTS else _numbers(goods[name])
    return Snapshot(about, interactions, Goods(**columns))


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
