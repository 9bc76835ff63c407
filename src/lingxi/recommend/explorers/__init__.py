"""Who chooses among little known items: one file each, which offers `EXPLORER` (lingxi.recommend.parts.Explorer)."""
