"""What a published data set is: its files by name, and what their columns mean. The importer of files reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from types import MappingProxyType
from typing import Literal, NamedTuple

import polars as pl

Beside = Callable[[str], pl.DataFrame]
"""A file of the same set as text, whole, by its layout's name; without rows where it is not there."""
Change = Callable[[Iterator[pl.DataFrame], Beside], Iterator[pl.DataFrame]]
"""Makes rows of a file's rows, part by part; the column `__line` stays."""


class Layout(NamedTuple):
    """Some files of a set with the same columns.

    `files` are patterns of their names. `columns` says for each field which column it is, several where releases of the
    set name it differently; "column 3" is the third of a file that names none. `added` are the columns that `change`
    makes beside the file's own. A layout without a `sort` is only read beside others.
    """

    name: str
    files: tuple[str, ...]
    sort: Literal["events", "items", "users"] | None
    columns: Mapping[str, str | tuple[str, ...]]
    kind: str = "view"
    kinds: Mapping[str, str] = MappingProxyType({})
    formats: tuple[str, ...] = ()
    header: bool = True
    prefix: str = ""
    zone: str = "UTC"
    sensitive: tuple[str, ...] = ()
    change: Change | None = None
    added: tuple[str, ...] = ()

    def names(self, file: str) -> bool:
        """Whether a file of this name (without folders, in any case) is one of them."""
        plain = file.lower().removesuffix(".gz")
        return any(fnmatch(plain, each) for each in self.files)


class Public(NamedTuple):
    """A published data set. `published` says where, `terms` under what terms, in a phrase."""

    name: str
    about: str
    about_zh: str
    published: str
    terms: str
    layouts: tuple[Layout, ...]


def each(make: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    """A change of every part by itself."""

    def change(frames: Iterator[pl.DataFrame], beside: Beside) -> Iterator[pl.DataFrame]:  # noqa: ARG001 - alone
        yield from map(make, frames)

    return change
