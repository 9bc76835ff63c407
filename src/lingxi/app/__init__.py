"""The composition root: settings → a running Engine for each shop. Only here are backends named."""

from lingxi.app.engine import Engine, Explanation
from lingxi.app.home import Home
from lingxi.app.parts import DEFAULT_SHOP, Parts, folder_of, open_parts

__all__ = ["DEFAULT_SHOP", "Engine", "Explanation", "Home", "Parts", "folder_of", "open_parts"]
