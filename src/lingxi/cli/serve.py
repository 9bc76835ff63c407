"""`lingxi serve`: answers over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from lingxi.cli._options import Home, opened


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("serve", epilog="Examples: `lingxi serve` · `lingxi serve --host 0.0.0.0 --port 80` (needs a key)")(
        serve
    )


def serve(
    home: Home = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback a key must exist.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = None,
) -> None:
    """Serve the API and the shop's pages, in the foreground, until SIGINT or SIGTERM.

    The address is printed once requests are answered; `/health/ready` says when the shop is open.
    """
    from lingxi.api import create_app, server
    from lingxi.app import Home as Everything
    from lingxi.cli._logs import log_as
    from lingxi.web import routes

    folder, settings = opened(home)
    log_as(json=settings.logs.json)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, **given))
    shops = Everything(folder, settings)
    app = create_app(shops, routes())
    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(server.serve(shops, app, lambda at, on: _listening(at, on, shops.open_to_all)))


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where there is one (not on Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _listening(host: str, port: int, open_to_all: bool) -> None:
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    typer.echo(f"listening on http://{shown}:{port} (API: /docs)")
    if open_to_all:
        typer.echo("no key exists: only this machine is served; `lingxi key create NAME` makes one")
