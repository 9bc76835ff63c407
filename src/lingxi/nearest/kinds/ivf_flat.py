"""Cells of whole vectors: the surest, and the largest."""

from __future__ import annotations

from lingxi.nearest.kinds._inverted import Inverted

KIND = Inverted("Flat")
