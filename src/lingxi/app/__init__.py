"""The composition root: settings → a running Engine for each shop. Only here are backends named."""

from lingxi.app.engine import Engine
from lingxi.app.explaining import Explanation
from lingxi.app.home import Home
from lingxi.app.parts import DEFAULT_SHOP, Parts, folder_of, open_parts
from lingxi.app.seat import ALONE, Seat

__all__ = ["ALONE", "DEFAULT_SHOP", "Engine", "Explanation", "Home", "Parts", "Seat", "folder_of", "open_parts"]
