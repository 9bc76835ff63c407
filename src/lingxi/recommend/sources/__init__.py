"""Where candidates come from: one file per source, each offers `SOURCE` (lingxi.recommend.parts.Source)."""
