"""`lingxi demo`: a whole shop on this machine, with a model that is trained beside it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Annotated, Final

import typer

from lingxi.cli._children import Children, command
from lingxi.cli._options import DEFAULT_SHOP, Home, opened
from lingxi.cli._storefront import Storefront, check_clicks
from lingxi.domain.errors import LingxiError, Unavailable

DATASET: Final = "completejourney"
READY_SECONDS: Final = 120.0
SMOKE_MINUTES: Final = 1.5
TRAINING_LOG: Final = "training.log"


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("demo", epilog="Examples: `lingxi demo` · `PORT=8080 LINGXI_HOME=/tmp/shop lingxi demo`")(demo)


def demo(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Port to listen on.", envvar="PORT", min=1, max=65535)] = 8000,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Train shortly, check the shop from outside, then leave: for CI.")
    ] = False,
) -> None:
    """Open a shop with a year of simulated purchases, and train its model while it serves.

    Runs in the foreground until SIGINT or SIGTERM. Interrupted and run again, it goes on where it was.
    """
    folder, _ = opened(home)
    ended = _until_told()
    os.environ["LINGXI_HOME"] = str(folder)
    if smoke:
        os.environ.setdefault("LINGXI_TRAIN_MINUTES", str(SMOKE_MINUTES))
    with Children() as children:
        try:
            _run(folder, Storefront(port), children, ended, smoke)
        except Unavailable:
            if smoke or not ended.is_set():
                raise


def _run(folder: Path, shop: Storefront, children: Children, ended: threading.Event, smoke: bool) -> None:
    shop.check_free()
    _fill(folder, children, ended)
    server = children.start("server", command("serve", "--port", str(shop.port)))
    shop.wait_ready(server, ended, READY_SECONDS)
    typer.echo(f"the shop is open: http://127.0.0.1:{shop.port}/  (Ctrl-C closes it)")
    if smoke:
        typer.echo(check_clicks(shop))
    _train(folder, shop, children, ended)
    if smoke:
        if not shop.models()["models"]:
            raise LingxiError(
                "training made no model", where="lingxi demo --smoke", remedy=f"see {folder / TRAINING_LOG}"
            )
        return
    children.wait(server, ended)


def _until_told() -> threading.Event:
    """An event that is set by SIGINT or SIGTERM."""
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    return ended


def _fill(folder: Path, children: Children, ended: threading.Event) -> None:
    """Makes the home and imports the data set, once; an import that was interrupted goes on."""
    from lingxi.app.parts import folder_of
    from lingxi.workflows.imports import imported

    children.finish("init", command("init"), ended, quiet=True)
    receipt = imported(folder_of(folder, DEFAULT_SHOP))
    if receipt is not None and receipt.finished is not None:
        typer.echo(f"{receipt.events.read:,} purchases are here already, moved by {receipt.shift_days} days")
        return
    typer.echo("filling the shop with a year of purchases, simulated from real grocery shopping patterns")
    children.finish("import", command("import", DATASET), ended)


def _train(folder: Path, shop: Storefront, children: Children, ended: threading.Event) -> None:
    """Trains a model if there is none yet, and offers it to the gate; the page shows how it goes."""
    if shop.models()["models"]:
        typer.echo(_verdict(shop))
        return
    log = folder / TRAINING_LOG
    typer.echo(f"training a model beside the shop: its progress is on the page, its words in {log}")
    if not children.attempt("training", command("train"), ended, log):
        typer.echo(f"training made no model: {_last_line(log)}; the shop serves on without one", err=True)
        return
    models = shop.models()
    newest = max(models["models"], key=lambda each: each["created"])
    if models["live"] != newest["id"]:
        children.attempt("promotion", command("models", "promote", newest["id"]), ended, None)
        shop.wait_swap(newest, ended)
    typer.echo(_verdict(shop))


def _verdict(shop: Storefront) -> str:
    """One line: which model serves, or why the gate refused the newest."""
    models = shop.models()
    if not models["models"]:
        return "no model yet: the shop serves from counts and neighbours"
    newest = max(models["models"], key=lambda each: each["created"])
    if models["live"] == newest["id"]:
        return f"model {newest['id']} is live"
    judged = newest.get("judged")
    said = "it was not judged" if judged is None else judged["reason"]
    return f"the gate refused {newest['id']}: {said}; the shop serves with {models['live'] or 'no model'}"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")
