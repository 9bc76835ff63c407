"""Cells of vectors cut into parts of four numbers, each part the nearest of 256 (product quantisation, Jégou et al.
2011): a sixteenth of the size; many more rows are fetched than are wanted."""

from __future__ import annotations

from lingxi.nearest.kinds._inverted import Inverted

KIND = Inverted("PQ", widen=5.0)
