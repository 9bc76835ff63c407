"""Merchant rules at work: compiled once for a set and a catalog, then a few array operations a slate."""
