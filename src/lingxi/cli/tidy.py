"""`lingxi tidy`: what is older than the shop keeps it."""

from __future__ import annotations

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("tidy", epilog="Example: `LINGXI_RETENTION_GUESTS_DAYS=365 lingxi tidy`")(tidy)


def tidy(home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """Delete now what is older than `retention` and `slates.retention_days` keep it, as a server does once a day."""
    with desk_of(home, shop) as desk:
        done = desk.tidy()
    if json:
        as_json(done)
        return
    rows = [
        ("days of slates", done.days_of_slates),
        ("quarantine", done.quarantine),
        ("idle guests", done.guests),
        ("idle users", done.users),
        ("models", len(done.bundles)),
        ("snapshots", done.snapshots),
    ]
    as_table(("kept no longer", "deleted>"), [(name, f"{count:,}") for name, count in rows])
