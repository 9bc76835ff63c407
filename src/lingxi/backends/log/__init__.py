"""The log and the catalog, by URL scheme."""
