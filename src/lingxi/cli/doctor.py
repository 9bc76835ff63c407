"""`lingxi doctor`: is everything whole, and what to do where it is not."""

from __future__ import annotations

from typing import Final

import typer

from lingxi import config
from lingxi.cli._options import Home, Json, there
from lingxi.cli._print import as_json, as_table

SIGNS: Final = {"ok": "✓", "warning": "!", "fault": "✗"}


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("doctor", epilog="Examples: `lingxi doctor` · `lingxi doctor --json`")(doctor)


def doctor(home: Home = None, json: Json = False) -> None:
    """Look a home over: machine, disk, integrity, keys, models, rules, what is shared; and say what to do.

    It leaves with 1 if something does not work; a warning leaves with 0. A server may run beside.
    """
    from lingxi.app.doctor import examine

    folder = there(config.home_of(home))
    found = list(examine(folder))
    if json:
        as_json({"home": str(folder), "findings": found})
    else:
        rows = [(SIGNS[each.level], each.name, each.what, each.remedy) for each in found]
        as_table(("", "what", "found", "what to do"), rows)
    if any(each.level == "fault" for each in found):
        raise typer.Exit(1)
