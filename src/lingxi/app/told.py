"""What other processes say of themselves: small JSON files in the shop's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

IMPORT_FILE: Final = "import.json"
TRAINING_FILE: Final = "training.json"


def told(file: Path) -> dict[str, Any] | None:
    """What the file says; None where there is none, or no whole one."""
    try:
        found = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return found if isinstance(found, dict) else None


def tell(file: Path, what: object) -> None:
    """Replaces what the file says, as a whole."""
    scratch = file.with_name(file.name + ".new")
    scratch.write_bytes(msgspec.json.encode(what))
    scratch.replace(file)
