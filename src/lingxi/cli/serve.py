"""`lingxi serve`: answers over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from lingxi.cli._options import Home, opened
from lingxi.config import Settings
from lingxi.domain.errors import LingxiError, Refused

if TYPE_CHECKING:
    from lingxi.app import Seat


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    examples = "`lingxi serve` · `lingxi serve --host 0.0.0.0 --port 80` (needs a key) · `lingxi serve --processes 4`"
    cli.command("serve", epilog=f"Examples: {examples}")(serve)


def serve(
    home: Home = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback a key must exist.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = None,
    processes: Annotated[
        int | None, typer.Option(help="How many processes share the port, each with the whole shop.", min=1, max=64)
    ] = None,
) -> None:
    """Serve the API and the shop's pages, in the foreground, until SIGINT or SIGTERM.

    The address is printed once requests are answered; `/health/ready` says when the shop is open.
    """
    from lingxi.app import ALONE
    from lingxi.cli._logs import log_as

    folder, settings = opened(home)
    log_as(json=settings.logs.json)
    given = {"host": host, "port": port, "processes": processes}
    given = {name: value for name, value in given.items() if value is not None}
    settings = msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, **given))
    if settings.server.processes > 1:
        raise typer.Exit(_serve_many(folder, settings))
    _serve(folder, settings, ALONE, None)


def _serve(folder: Path, settings: Settings, seat: Seat, parent: tuple[bool, Connection] | None) -> None:
    """Serves in this process; as one of many, `parent` is how it starts (late or not) and what leads to the parent."""
    from lingxi.api import create_app, server
    from lingxi.api.sibling import LISTENING, Sibling
    from lingxi.app import Home as Everything
    from lingxi.web import routes

    shops = Everything(folder, settings, seat)
    app = create_app(shops, routes())
    sibling = None if parent is None else Sibling(parent[1], late=parent[0])

    def listening(at: str, on: int) -> None:
        if sibling is None:
            _listening(at, on, shops.open_to_all)
        else:
            sibling.say(LISTENING)

    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(server.serve(shops, app, listening, sibling))


def _serve_many(folder: Path, settings: Settings) -> int:
    """Serves in processes of their own until told to end; the exit code."""
    from lingxi.api.measure import MANY
    from lingxi.api.server import check_address, free_port
    from lingxi.api.sibling import LISTENING
    from lingxi.app import Home as Everything
    from lingxi.cli._processes import Processes, held

    if not hasattr(socket, "SO_REUSEPORT") or sys.platform == "win32":
        what = "this system does not let processes share a port"
        raise Refused(what, where="server.processes", remedy="serve with one process, or on Linux")
    asked = settings.server
    if settings.state.shoppers.startswith("memory:"):
        what = "processes share no memory"
        raise Refused(what, where="state.shoppers", remedy="name a server (valkey://host:6379/0), or leave it empty")
    # What a home refuses it refuses once, not in each process.
    open_to_all = Everything(folder, settings).open_to_all
    check_address(asked.host, open_to_all)
    port = free_port(asked.host, asked.port)
    settings = msgspec.structs.replace(settings, server=msgspec.structs.replace(asked, port=port))
    waited = asked.processes

    def heard(word: str) -> None:
        nonlocal waited
        waited -= word == LISTENING
        if word == LISTENING and waited == 0:
            _listening(asked.host, port, open_to_all)

    with held(asked.host, port), tempfile.TemporaryDirectory(prefix="lingxi-metrics-") as counts:
        os.environ[MANY] = counts
        return Processes(_one_of_many, (folder, settings), asked.processes).run(heard)


def _one_of_many(folder: Path, settings: Settings, seat: Seat, late: bool, end: Connection) -> None:
    """What a process of many does; a failure is one line."""
    from lingxi.cli._logs import log_as

    log_as(json=settings.logs.json)
    try:
        _serve(folder, settings, seat, (late, end))
    except LingxiError as error:
        print(f"lingxi: process {seat.number}: {error}", file=sys.stderr)
        sys.exit(3 if error.status == 503 else 1)


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
