"""What puts candidates in order: one file per scorer, each offers `SCORER` (lingxi.recommend.parts.Scorer)."""
