"""Shows what files seem to hold, and what would become of their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer
from rich.markup import escape
from rich.table import Table

from lingxi.cli._print import console

if TYPE_CHECKING:
    from lingxi.ingest.files.look import Seen
    from lingxi.ingest.files.mapping import Form

_MOST: Final = 60
_WIDTH: Final = 28


def show(seen: Seen) -> None:
    """The guess of one table: a row for each column, with what it is and a few of its values."""
    table = seen.table
    title = f"{'; '.join(seen.files[:4])}{' …' if len(seen.files) > 4 else ''}: {table.sort}"
    drawn = Table(title=escape(title), title_justify="left", box=None, header_style="bold", pad_edge=False)
    for heading in ("column", "is", "values"):
        drawn.add_column(heading, overflow="fold")
    fields = {column: name for name, column in table.columns.items()}
    for column in table.form.names[:_MOST]:
        values = " · ".join(_short(value) for value in seen.samples.get(column, []))
        drawn.add_row(escape(_short(column)), fields.get(column, "[dim]not read[/dim]"), escape(values))
    if len(table.form.names) > _MOST:
        drawn.add_row(f"… {len(table.form.names) - _MOST} more", "", "")
    console().print(drawn)
    for note in (_written(table.form), *_meaning(seen), *seen.notes):
        typer.echo(f"  {note}")
    typer.echo("")


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _written(form: Form) -> str:
    """How the file is written, in a line."""
    if form.format != "csv":
        return f"format {form.format}"
    delimiter = {"\t": "tab"}.get(form.delimiter, form.delimiter)
    header = f"names in line {form.header}" if form.header else "no names of columns"
    return f"format csv: {form.encoding}, fields by '{delimiter}', decimal '{form.decimal}', {header}"


def _meaning(seen: Seen) -> list[str]:
    """How events are read, in a line each."""
    table = seen.table
    if table.sort != "events":
        return []
    said = [f"times: {', '.join(table.times.formats) or 'typed'}"]
    if "kind" in table.columns:
        told = ", ".join(f"{value} = {kind}" for value, kind in list(table.kinds.items())[:8])
        return [*said, f"kinds: {told}"] if told else said
    return [*said, f"each line is a {table.kind}"]
