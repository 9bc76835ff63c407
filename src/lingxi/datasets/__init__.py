"""Real data sets, one a file: each offers `DATASET`."""
