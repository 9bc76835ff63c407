"""`python -m lingxi.cli`: the same as `lingxi`."""

from lingxi.cli import main

main()
