"""`lingxi init`: makes a home."""

from __future__ import annotations

import typer

from lingxi import config
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, opened
from lingxi.cli._print import as_json
from lingxi.domain.errors import Unavailable


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("init", epilog="Example: `lingxi init --home /srv/shop`")(init)


def init(home: Home = None, json: Json = False) -> None:
    """Make a home: its folder, `lingxi.toml` with every setting, and an empty shop."""
    from lingxi.app.parts import open_parts

    folder, settings = opened(home)
    file = folder / config.FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = not file.exists()
        if fresh:
            file.write_text(config.template(), encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"the home cannot be made: {error.strerror}", where=str(folder), remedy="choose another"
        ) from None
    open_parts(folder, settings, DEFAULT_SHOP).close()
    if json:
        as_json({"home": str(folder), "settings": str(file), "created": fresh})
        return
    typer.echo(f"{'made' if fresh else 'found'} {folder}")
    typer.echo(f"settings: {file}")
    typer.echo("next: `lingxi serve`, and POST your events to http://127.0.0.1:8000/v1/events (see /docs)")
