"""Bundles of one shop in its folder."""

from __future__ import annotations

from pathlib import Path

from lingxi.backends.bundles._folders import FolderBundles


def open_bundles(folder: Path, shop: str, url: str = "") -> FolderBundles:  # noqa: ARG001 (other stores have one)
    """The bundles in a shop's folder."""
    return FolderBundles(folder, shop)
