"""`lingxi export` and `lingxi import-log`: a shop's whole log as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, opened
from lingxi.cli._print import as_json
from lingxi.cli._progress import bars


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.command("export", epilog="Example: `lingxi export /mnt/shop`")(export)
    cli.command("import-log", epilog="Example: `lingxi import-log /mnt/shop --shop copy`")(import_log)


def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Write a shop's whole log as Parquet (changes, items, users), for other tools and for `lingxi import-log`."""

    with desk_of(home, shop) as desk, bars(json) as watch:
        about = desk.export(folder.expanduser().absolute(), watch)
    if json:
        as_json(about)
        return
    typer.echo(f"{folder}: {about.changes:,} changes, {about.items:,} items, {about.users:,} users")


def import_log(
    folder: Annotated[Path, typer.Argument(help="What `lingxi export` wrote.")],
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Append an export to an empty shop: its state equals that of the shop it came from. Interrupted, run it again."""
    from lingxi.app.desk import Desk
    from lingxi.state.checkpoint import digest

    with Desk(*opened(home), shop) as desk, bars(json) as watch:
        found, state = desk.import_log(folder.expanduser().absolute(), watch)
        about = msgspec.structs.asdict(found) | {"digest": digest(state), "seq": state.cursor}
    if json:
        as_json(about)
        return
    passed = f"; {found.releases} releases of models passed over" if found.releases else ""
    typer.echo(f"{found.stored:,} changes stored, {found.duplicate:,} were there{passed}; state {about['digest']}")
