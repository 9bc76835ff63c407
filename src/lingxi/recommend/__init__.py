"""From a query to a slate: `pipeline.py` runs the parts that a surface lists. No model is imported here."""
