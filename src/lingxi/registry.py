"""Finds plug-ins by name: one file in a folder makes one plug-in, and the file's name is its name.

A file whose name starts with `_` is shared inside its folder and is no plug-in. A plug-in is reached through
importlib, so that naming one imports nothing else: a server never loads a trainer.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Collection
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from lingxi.domain.errors import Unknown

ROOT = Path(__file__).parent


@cache
def names(folder: str) -> tuple[str, ...]:
    """The plug-ins in a folder of the package (`"models"`, `"recommend/sources"`), sorted."""
    found = pkgutil.iter_modules([str(ROOT / folder)])
    return tuple(sorted(each.name for each in found if not each.name.startswith("_")))


@cache
def module(folder: str, name: str) -> ModuleType:
    """The module that makes the plug-in `name`.

    Raises:
        Unknown: no file of that name; the remedy lists the nearest names that exist.
    """
    choose(folder.rsplit("/", 1)[-1].rstrip("s"), name, names(folder))
    return importlib.import_module(f"lingxi.{folder.replace('/', '.')}.{name}")


@cache
def load(folder: str, name: str, attribute: str) -> Any:
    """What the plug-in `name` of `folder` calls `attribute`: its class, its settings or its list of parts."""
    return getattr(module(folder, name), attribute)


def choose(what: str, name: str, options: Collection[str]) -> str:
    """`name`, if it is one of the `options`.

    Raises:
        Unknown: it is not; the remedy lists the nearest names that exist.
    """
    if name in options:
        return name
    known = sorted(options)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6) or known
    raise Unknown(f"there is no {what} '{name[:80]}'", where=what, remedy=f"choose one of: {', '.join(near)}")
