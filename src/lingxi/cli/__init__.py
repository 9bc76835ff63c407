"""The command line: one file for each command."""

import os

# The products of a slate are small: a second BLAS thread would spin against the server's own threads. Training sets
# its own numbers for its own process. This has to stand before anything loads numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from lingxi.cli.main import main

__all__ = ["main"]
