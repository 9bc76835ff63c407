"""What of a bundle puts candidates in order: the blend, and a ranker over it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Component, Manifest
from lingxi.runtimes.linear import Linear
from lingxi.workflows._comparing import BLEND, NAME, loaded


@dataclass(frozen=True, slots=True)
class Order:
    """The blend and the ranker, None where there is none; the ranker's files lie in `folder`."""

    blend: Linear | None
    ranker: Component | None
    folder: Path

    def upon(self, bundle: LiveBundle) -> LiveBundle:
        """The bundle with them, as they will serve, in place of what it has."""
        found: dict[str, Any] = {name: each for name, each in bundle.runtimes.items() if name not in (BLEND, NAME)}
        if self.blend is not None:
            found[BLEND] = self.blend
        if self.ranker is not None:
            found[NAME] = loaded(self.ranker, self.folder)
        return LiveBundle(bundle.manifest, found)

    @property
    def kind(self) -> str | None:
        """The runtime of the ranker, None without one."""
        return None if self.ranker is None else self.ranker.runtime

    def export(self, staged: Path) -> list[Component]:
        """Their components, with what files they have."""
        if self.ranker is not None:
            shutil.copytree(self.folder / self.ranker.folder, staged / self.ranker.folder)
        found = [] if self.blend is None else [blend_component(self.blend)]
        return found if self.ranker is None else [*found, self.ranker]


def order_of(folder: Path, manifest: Manifest) -> Order:
    """That of a bundle."""
    named = {each.name: each for each in manifest.components}
    blend = Linear.of(named[BLEND].settings) if BLEND in named else None
    return Order(blend, named.get(NAME), folder)


def blend_component(blend: Linear) -> Component:
    """The blend as a component of a bundle; it needs no file."""
    return Component(name=BLEND, runtime="linear", folder="", settings=blend.settings())
