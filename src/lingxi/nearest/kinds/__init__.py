"""Kinds of index: one file a kind, each offers `KIND` (lingxi.nearest.kind.Kind)."""
