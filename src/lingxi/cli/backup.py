"""`lingxi backup` and `lingxi restore`: a whole home, all its shops."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lingxi import config
from lingxi.cli._options import Home, Json, existing, opened
from lingxi.cli._print import as_json, as_table


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.command("backup", epilog="Examples: `lingxi backup /mnt/today.tgz` · `lingxi backup /mnt/today`")(backup)
    cli.command("restore", epilog="Example: `lingxi restore /mnt/today.tgz --home /srv/shop`")(restore)


def backup(
    to: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends with .tar, .tgz or .tar.gz.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Back the home up while it serves: logs, catalogs, slates, quarantine, models, settings, hashes of keys."""
    from lingxi.app.keeping import back_up

    about = back_up(existing(home)[0], to.expanduser().absolute())
    if json:
        as_json({"to": str(to), "bytes": about.bytes, "shops": about.shops, "files": len(about.files)})
        return
    shops = ", ".join(f"{shop} up to change {seq:,}" for shop, seq in about.shops.items()) or "no shop"
    typer.echo(f"{to}: {len(about.files):,} files, {about.bytes / 1e6:,.1f} MB; {shops}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `lingxi backup` wrote.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Take the place of the shops that are there; they are kept beside.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Restore a home: every file is checked first, then the state is folded anew. Stop the server before."""
    from lingxi.app.keeping import restore as put_back

    folder, settings = config.home_of(home), config.Settings()
    found = put_back(source.expanduser().absolute(), folder, settings, overwrite=overwrite)
    opened(folder)  # the settings that came back are checked too
    if json:
        as_json({"home": str(folder), "shops": [each._asdict() for each in found]})
        return
    as_table(("shop", "changes>", "state"), [(each.shop, f"{each.seq:,}", each.digest) for each in found])
