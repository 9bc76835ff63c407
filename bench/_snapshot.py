"""Takes the snapshot of a shop's whole log, as a training does first: a process of its own for `large.py`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from lingxi.backends.log.sqlite import open_log
from lingxi.workflows.take import take

NEVER = 1 << 62


def main() -> None:
    """Runs it over the shop's folder that is named."""
    folder = Path(sys.argv[1])
    log = open_log(folder)
    try:
        shop = SimpleNamespace(log=log, catalog=log, now=NEVER)
        snapshot = take(cast(Any, shop), folder / "training", lambda *_, **__: None)
        print(len(snapshot.interactions))
    finally:
        log.close()
        shutil.rmtree(folder / "training", ignore_errors=True)


if __name__ == "__main__":
    main()
