"""What commands print: JSON for programs, tables for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

UNFOLDED: Final = 200


def as_json(value: object) -> None:
    """Prints JSON, on stdout."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def as_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Prints a table; columns whose name ends with `>` stand to the right."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(table)


def console() -> Console:
    """Where people read; what goes to a file or a pipe is not folded to the width of a terminal that is not there."""
    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else UNFOLDED)


def day(micros: int | None) -> str:
    """A time as people write it, in UTC."""
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S") if micros is not None else ""


def figure(value: Any) -> str:
    """A number in four digits."""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
