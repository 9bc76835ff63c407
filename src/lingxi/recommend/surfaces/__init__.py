"""The places of a shop: one file per surface, each offers `SURFACE` (lingxi.recommend.parts.Surface)."""
