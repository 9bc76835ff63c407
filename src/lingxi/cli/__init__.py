"""The command line: one file for each command."""

from lingxi.cli.main import main

__all__ = ["main"]
