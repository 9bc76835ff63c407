"""The model that a recipe names, with its settings checked."""

from __future__ import annotations

import difflib
import math
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid
from lingxi.ports.model import Model, ReadingText


def build(recipe: Recipe) -> Model:
    """The unfitted model of a recipe.

    Raises:
        Unknown: there is no such model.
        Invalid: it has no such setting, or one of another type, out of its limits or that is no number.
    """
    module = registry.module("models", recipe.model)
    known = module.Config.__struct_fields__
    for name in recipe.settings:
        if name not in known:
            raise _wrong(recipe, f"there is no setting '{name[:80]}'", _near(name, known))
    for name in _no_numbers(recipe.settings):
        raise _wrong(recipe, f"setting '{name}' is no finite number", "give a number, or leave it out")
    try:
        config = msgspec.convert(recipe.settings, module.Config)
    except msgspec.ValidationError as error:
        raise _wrong(recipe, str(error), f"its settings are: {', '.join(known)}") from error
    model: Model = module.build(config, recipe.seed)
    return model


def settings_of(model: str, told: Iterable[str], where: str) -> dict[str, Any]:
    """Settings as people write them: `name=value` each, `+` between the values of a list. Whether the model has them is
    found out when it is built; `where` they were told.

    Raises:
        Unknown: there is no such model.
        Invalid: one is not `name=value`.
    """
    registry.choose("model", model, registry.names("models"))
    fields = msgspec.structs.fields(registry.load("models", model, "Config"))
    lists = {field.name for field in fields if typing.get_origin(field.type) in (tuple, list)}
    found: dict[str, Any] = {}
    for each in told:
        name, sign, value = each.partition("=")
        if not (sign and name):
            raise Invalid(f"'{each[:80]}' is no setting", where=where, remedy="write name=value")
        found[name] = [part for part in value.split("+") if part] if name in lists else _value(value)
    return found


def reads_text(recipes: Iterable[Recipe]) -> bool:
    """Whether any of these models reads what an encoder makes of items' texts; raises as `build` does."""
    return any(isinstance(model, ReadingText) and model.reads_text for model in map(build, recipes))


def _value(text: str) -> Any:
    """A number, true, false, null or another value of JSON; else it is a text."""
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        return text


def _wrong(recipe: Recipe, what: str, remedy: str) -> Invalid:
    return Invalid(f"the settings of model '{recipe.model}' are wrong: {what}", where="train.settings", remedy=remedy)


def _near(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    meant = f"did you mean '{near[0]}'? " if near else ""
    return f"{meant}its settings are: {', '.join(known)}"


def _no_numbers(value: Any, path: str = "") -> Iterator[str]:
    """The paths of what is infinite or NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _no_numbers(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _no_numbers(inner, f"{path}[{place}]")
