"""What must not be shown: one file per filter, each offers `FILTER` (lingxi.recommend.parts.Filter)."""
