"""One file per way through several stages."""
