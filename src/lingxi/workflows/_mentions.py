"""Takes ids out of the small JSON files of a shop's folder: receipts of imports and trainings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import msgspec

from lingxi.domain.naming import Names
from lingxi.workflows.receipts import FOLDER as RECEIPTS

APART: Final = ("bundles", "checkpoints", "slates", "training", RECEIPTS)
"""Folders that have a way of their own to forget."""
ERASED: Final = "(erased)"


def take_out(folder: Path, ids: Collection[str]) -> dict[str, int]:
    """Replaces every text that names one of the ids; how many of each."""
    found: Counter[str] = Counter()
    names = Names(ids)
    for file in sorted(folder.rglob("*.json")):
        if file.relative_to(folder).parts[0] in APART:
            continue
        try:
            said = msgspec.json.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError):
            continue
        before = found.total()
        clean = _without(said, "", names, found)
        if found.total() > before:
            half = file.with_name(f".{file.name}.half")
            half.write_bytes(msgspec.json.format(msgspec.json.encode(clean), indent=2))
            half.replace(file)
    return dict(found)


def _without(value: Any, field: str, names: Names, found: Counter[str]) -> Any:
    if isinstance(value, dict):
        return {_clean(name, names.in_text(name), found): _without(v, name, names, found) for name, v in value.items()}
    if isinstance(value, list):
        return [_without(inner, field, names, found) for inner in value]
    if isinstance(value, str):
        return _clean(value, names.in_text(value) | names.in_record({field: value}), found)
    return value


def _clean(text: str, named: set[str], found: Counter[str]) -> str:
    found.update(named)
    return ERASED if named else text
