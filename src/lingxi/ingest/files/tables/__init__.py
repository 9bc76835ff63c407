"""One file a format: CSV and its kin, JSON lines, Parquet, Excel."""
