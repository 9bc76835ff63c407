"""A bundle in memory, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingxi import registry
from lingxi.domain.bundle import Component, Manifest
from lingxi.domain.errors import Incompatible, LingxiError
from lingxi.domain.history import History

EMPTY = History(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int8))


@dataclass(frozen=True, slots=True)
class LiveBundle:
    """A bundle's manifest and its components' runtimes by name. Immutable: a swap replaces the reference to it."""

    manifest: Manifest
    runtimes: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The bundle's id, as slates name it."""
        return self.manifest.id

    @property
    def statistics(self) -> Mapping[str, Any]:
        """What features need to know of the training window."""
        return self.manifest.statistics

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, number: Mapping[str, int]) -> LiveBundle:
        """Loads every component of the bundle in `folder`; `number` maps the shop's item ids to its item numbers.

        Each answers once before it is trusted, so that a broken one is refused here and not in a request.

        Raises:
            Incompatible: a component is of a runtime that there is not, cannot be read or cannot answer.
        """
        return cls(manifest, {each.name: _load(folder, manifest, each, number) for each in manifest.components})


def _load(folder: Path, manifest: Manifest, component: Component, number: Mapping[str, int]) -> Any:
    try:
        runtime = registry.load("runtimes", component.runtime, "load")(folder, component, number)
        if hasattr(runtime, "propose"):
            runtime.propose(EMPTY, manifest.created, 1)
    except Incompatible:
        raise
    except Exception as error:  # numpy, safetensors and ONNX Runtime raise what they like for a broken file
        why = error.what if isinstance(error, LingxiError) else f"{type(error).__name__}: {error}"
        raise Incompatible(
            f"bundle '{manifest.id}' is refused: its component '{component.name}' does not answer ({why})",
            where=str(folder / component.folder),
            remedy="train again, or roll back to an earlier model",
        ) from error
    return runtime
