"""Studies: what searches for settings have found, each in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from lingxi import registry
from lingxi.domain.errors import Incompatible, Invalid, Unknown

STUDIES: Final = "studies"
ABOUT, BEST = "study.json", "best.json"
Value = bool | int | float | str | None


class About(Struct, frozen=True, kw_only=True):
    """What a study is of: a study that goes on must be of the same."""

    model: str
    holdout_days: float
    space: str
    seq: int
    until: int


class Best(Struct, frozen=True, kw_only=True):
    """What `lingxi train --study` takes up."""

    model: str
    settings: dict[str, Value]


def best_of(shop: Path, study: str) -> Best:
    """What a study found.

    Raises:
        Unknown: there is no such study, or it has found nothing yet.
    """
    file = study_folder(shop, study) / BEST
    try:
        return msgspec.json.decode(file.read_bytes(), type=Best)
    except OSError as error:
        there = sorted(each.parent.name for each in (shop / STUDIES).glob(f"*/{BEST}"))
        remedy = f"studies are: {', '.join(there)}" if there else "make one with `lingxi tune`"
        raise Unknown(f"there is no study '{study[:80]}' with a result", where="--study", remedy=remedy) from error
    except msgspec.MsgspecError as error:
        raise Incompatible(f"a study cannot be read: {error}", where=str(file), remedy="run it again") from error


def space_of(model: str) -> Mapping[str, Any]:
    """The settings that can be searched for.

    Raises:
        Unknown: there is no such model.
        Invalid: it offers none.
    """
    module = registry.module("models", model)
    space: Mapping[str, Any] = getattr(module, "SPACE", {})
    if not space:
        others = [name for name in registry.names("models") if getattr(registry.module("models", name), "SPACE", None)]
        what = f"model '{model}' has no settings to search for"
        raise Invalid(what, where="--model", remedy=f"those that have are: {', '.join(others)}")
    return space


def study_folder(shop: Path, study: str) -> Path:
    """The folder of a study.

    Raises:
        Invalid: no study can be called so.
    """
    if not study.replace("-", "").replace("_", "").isalnum() or not study.isascii() or len(study) > 64:
        what = f"'{study[:80]}' cannot be a study's name"
        raise Invalid(what, where="--study", remedy="use up to 64 letters, digits, - and _")
    return shop / STUDIES / study


def about_in(folder: Path, model: str, holdout_days: float, space: Mapping[str, Any]) -> About | None:
    """What the study in the folder is of; None where it begins.

    Raises:
        Invalid: it is of something else.
    """
    try:
        found = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    except OSError:
        return None
    except msgspec.MsgspecError as error:
        raise Incompatible(f"a study cannot be read: {error}", where=str(folder), remedy="delete its folder") from error
    asked = {"model": model, "holdout_days": holdout_days, "space": print_of(space)}
    for name, value in asked.items():
        if getattr(found, name) != value:
            what = f"study '{folder.name}' is of another {name.replace('_', ' ')}"
            raise Invalid(what, where="--study", remedy="name a new study, or delete its folder to begin anew")
    return found


def print_of(space: Mapping[str, Any]) -> str:
    """What a search is over, to be compared."""
    return msgspec.json.encode({name: msgspec.to_builtins(each) for name, each in space.items()}).decode()
