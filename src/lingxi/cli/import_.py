"""`lingxi import`: brings a data set into a shop."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lingxi import registry
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, opened
from lingxi.cli._print import as_json, as_table, day
from lingxi.cli._progress import bars


class Times(StrEnum):
    """Which times the events get."""

    shifted = "shifted"
    original = "original"


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("import", epilog="Example: `lingxi import completejourney`")(import_)


def import_(
    dataset: Annotated[str, typer.Argument(help=f"One of: {', '.join(registry.names('datasets'))}.")],
    times: Annotated[
        Times,
        typer.Option(help="Move all times by whole weeks so that the last is less than 7 days old, or keep them."),
    ] = Times.shifted,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Import a data set: items, users, events; then save the state.

    Interrupted, it can be run again: nothing is lost or doubled. A server may run beside it.
    """
    data = registry.load("datasets", dataset, "DATASET")
    from lingxi.app.desk import Desk
    from lingxi.app.following import Following
    from lingxi.workflows.imports import Shop as Ground
    from lingxi.workflows.imports import import_dataset

    where = (*opened(home), shop)
    with Desk(*where) as desk, Following(*where) as following, bars(json) as watch:
        parts = desk.parts
        ground = Ground(parts.log, parts.quarantine, parts.checkpoints, parts.folder, following.finish)
        receipt = import_dataset(data, ground, parts.clock.now(), times.value, watch)
    if json:
        as_json(receipt)
        return
    names = ("accepted", "repaired", "marked", "duplicate", "conflict", "quarantined")
    kinds = (("items", receipt.items), ("users", receipt.users), ("events", receipt.events))
    rows = [(kind, f"{sums.read:,}", *(f"{sums.statuses.get(n, 0):,}" for n in names)) for kind, sums in kinds]
    as_table(("", "read>", *(f"{name}>" for name in names)), rows, title=receipt.about)
    typer.echo(f"events from {day(receipt.first)} to {day(receipt.last)}, moved by {receipt.shift_days} days")
