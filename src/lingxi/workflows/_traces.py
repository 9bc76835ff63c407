"""Looks through every byte of a folder for ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import polars as pl

from lingxi.domain.naming import distinct

BLOCK: Final = 1 << 22


def traces(folder: Path, ids: Collection[str], bounded: Collection[str] = ()) -> dict[str, list[str]]:
    """The files under `folder` in which an id stands, as paths within it, by id; not of ids that are short or a
    number.

    An id of `bounded` (another id begins or ends with it) counts only where no letter or digit touches it.
    """
    wanted = {_text(each): each for each in ids if distinct(each)}
    found: dict[str, list[str]] = {}
    if not wanted:
        return found
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        for text in _in_file(file, list(wanted), {_text(each) for each in bounded}):
            found.setdefault(wanted[text], []).append(file.relative_to(folder).as_posix())
    return found


def _in_file(file: Path, wanted: list[str], bounded: set[str]) -> set[str]:
    there: set[str] = set()
    longest = max(map(len, wanted))
    for block in _blocks(file, longest):
        if pl.Series([block]).str.contains_any(wanted).item():
            there |= {each for each in wanted if each not in there and _stands(each, block, each in bounded)}
    return there


def _blocks(file: Path, overlap: int) -> Iterator[str]:
    """The file in pieces that overlap, each byte as one character."""
    before = b""
    try:
        with file.open("rb") as content:
            while block := content.read(BLOCK):
                yield (before + block).decode("latin-1")
                before = block[-overlap - 1 :]
    except FileNotFoundError:
        return


def _stands(text: str, block: str, bounded: bool) -> bool:
    if not bounded:
        return text in block
    return re.search(rf"(?<![0-9A-Za-z_.@-]){re.escape(text)}(?![0-9A-Za-z_.@-])", block) is not None


def _text(id_: str) -> str:
    """The id's bytes, each as one character."""
    return id_.encode().decode("latin-1")
