"""What makes an order into a slate: one file per reranker, each offers `RERANKER` (lingxi.recommend.parts.Reranker)."""
