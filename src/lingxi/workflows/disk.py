"""How much of the disk a shop takes, by kind of data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PLACES: Final = ("log", "slates", "quarantine", "checkpoints", "bundles", "training", "vectors", "other")


def use(folder: Path) -> dict[str, int]:
    """Bytes of the files in a shop's folder, by place."""
    found = dict.fromkeys(PLACES, 0)
    for file in folder.rglob("*"):
        try:
            size = file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue
        first = file.relative_to(folder).parts[0].partition(".")[0]
        found[first if first in PLACES else "other"] += size
    return found
