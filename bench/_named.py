"""Models as a benchmark is told of them: `sasrec`, `sasrec:content=text+category:width=128`, `wide=sasrec:width=128`.

A list stands with `+` between its values. The row has the name before the model's `=`, else one made of what was given.
"""

from __future__ import annotations

import json
import typing
from typing import Any, NamedTuple

import msgspec

from lingxi import registry
from lingxi.domain.errors import Invalid


class Named(NamedTuple):
    """A model with settings, and what its row is called."""

    name: str
    model: str
    given: dict[str, Any]


def named(text: str) -> Named:
    """What is meant.

    Raises:
        Unknown: there is no such model.
        Invalid: a setting is not `name=value`; whether the model has it is found out when it is built.
    """
    head, *settings = text.strip().split(":")
    name, _, model = head.rpartition("=")
    registry.choose("model", model, registry.names("models"))
    lists = _lists(model)
    given: dict[str, Any] = {}
    for each in settings:
        key, sign, value = each.partition("=")
        if not sign:
            raise Invalid(f"'{each}' is no setting", where=f"--models {text}", remedy="write model:name=value")
        given[key] = [part for part in value.split("+") if part] if key in lists else _value(value)
    return Named(name or model + "".join(_called(key, value) for key, value in given.items()), model, given)


def _lists(model: str) -> set[str]:
    """The settings of a model that are lists."""
    fields = msgspec.structs.fields(registry.load("models", model, "Config"))
    return {field.name for field in fields if typing.get_origin(field.type) in (tuple, list)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _called(key: str, value: Any) -> str:
    """`+text+category` for content, `+ids` for none of it; else the setting as it was given."""
    if key == "content":
        return "".join(f"+{kind}" for kind in value) or "+ids"
    return f"+{key}={'+'.join(map(str, value)) if isinstance(value, list) else value}"
