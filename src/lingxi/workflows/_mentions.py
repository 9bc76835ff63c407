"""Takes ids out of the small JSON files of a shop's folder: receipts of imports and trainings."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import msgspec

from lingxi.workflows.receipts import FOLDER as RECEIPTS

APART: Final = ("bundles", "checkpoints", "slates", "training", RECEIPTS)
"""Folders that have a way of their own to forget."""
ERASED: Final = "(erased)"


def take_out(folder: Path, ids: Collection[str]) -> dict[str, int]:
    """Replaces every text that names one of the ids; how many of each."""
    found: dict[str, int] = {}
    word = re.compile(rf"(?<![\w.@-])(?:{'|'.join(sorted(map(re.escape, ids), reverse=True))})(?![\w.@-])")
    for file in sorted(folder.rglob("*.json")):
        if file.relative_to(folder).parts[0] in APART:
            continue
        try:
            said = msgspec.json.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError):
            continue
        before = sum(found.values())
        clean = _without(said, word, found)
        if sum(found.values()) > before:
            half = file.with_name(f".{file.name}.half")
            half.write_bytes(msgspec.json.format(msgspec.json.encode(clean), indent=2))
            half.replace(file)
    return found


def _without(value: Any, word: re.Pattern[str], found: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {_without(name, word, found): _without(inner, word, found) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, word, found) for inner in value]
    if isinstance(value, str) and (named := word.findall(value)):
        for name in named:
            found[name] = found.get(name, 0) + 1
        return ERASED
    return value
