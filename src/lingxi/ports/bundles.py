"""Where bundles are kept, and which is live."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from lingxi.domain.bundle import Manifest


class Bundles(Protocol):
    """One shop's bundles: immutable folders."""

    def stage(self) -> Path:
        """An empty folder to build a bundle in; what was left staged by a killed process is deleted."""
        ...

    def publish(self, staged: Path, manifest: Manifest) -> Manifest:
        """Seals the folder: writes the manifest with each file's size and SHA-256, then renames it into place."""
        ...

    def all(self) -> list[Manifest]:
        """Every bundle's manifest, oldest first; a folder without a whole manifest is none."""
        ...

    def remove(self, name: str) -> None:
        """Deletes a bundle; nothing happens if there is none of that id."""
        ...

    def open(self, name: str) -> tuple[Path, Manifest]:
        """The folder of a bundle, every file checked against the manifest.

        Raises:
            Unknown: there is none of that id.
            Incompatible: it is broken, of another shop or of another format.
        """
        ...
