"""Cells of vectors whose numbers are rounded to eight bits each: a quarter of the size, hardly less sure."""

from __future__ import annotations

from lingxi.nearest.kinds._inverted import Inverted

KIND = Inverted("SQ8", widen=1.5)
