"""Models as a benchmark is told of them: `sasrec`, `sasrec:content=text+category:width=128`, `wide=sasrec:width=128`.

A list stands with `+` between its values. The row has the name before the model's `=`, else one made of what was given.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lingxi.ports.recipe import settings_of


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
    given = settings_of(model, settings, f"--models {text}")
    return Named(name or model + "".join(_called(key, value) for key, value in given.items()), model, given)


def _called(key: str, value: Any) -> str:
    """`+text+category` for content, `+ids` for none of it; else the setting as it was given."""
    if key == "content":
        return "".join(f"+{kind}" for kind in value) or "+ids"
    return f"+{key}={'+'.join(map(str, value)) if isinstance(value, list) else value}"
