"""`lingxi import`: brings a data set, or a shop's own files, into a shop."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from lingxi import registry
from lingxi.cli import _files
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, opened
from lingxi.domain.errors import Invalid, Unknown

if TYPE_CHECKING:
    from lingxi.datasets._public import Public


class Times(StrEnum):
    """Which times the events get."""

    shifted = "shifted"
    original = "original"


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    epilog = (
        "Examples: `lingxi import orders.csv` · `lingxi import exports/ --yes` · `lingxi import movielens ml-latest/`"
    )
    cli.command("import", epilog=epilog)(import_)


def import_(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Files or folders; a published data set's name before its files reads them as what they are: "
            f"{', '.join(registry.names('datasets'))} "
            "(their names alone: completejourney, completejourney_offers, made_up).",
        ),
    ],
    times: Annotated[
        Times | None,
        typer.Option(
            help="Move all times by whole weeks so that the last is less than 7 days old (usual for data sets), "
            "or keep them (usual for files).",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="What the columns mean, a TOML file: used if it is there, else written.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take the guess, refuse what is open.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read everything, say what would happen, store nothing.")
    ] = False,
    time_format: Annotated[
        str | None, typer.Option(help='How times are written, such as "%d.%m.%Y %H:%M".', show_default=False)
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(help="Zone of times that say none (IANA name); the shop's own unless given.", show_default=False),
    ] = None,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Import files, or a data set: events, items, users; then save the state.

    Files are looked at first: what each column is, how times and numbers are written. The guess is shown, kept as a
    mapping and asked about. Interrupted, the same command goes on: nothing is lost or doubled. A server may run beside
    it.
    """
    if len(what) == 1 and not Path(what[0]).exists() and _names_a_set(what[0]):
        _import_set(what[0], (times or Times.shifted).value, home, shop, json)
        return
    public = _public(what) if len(what) > 1 else None
    paths = [Path(each) for each in (what[1:] if public else what)]
    asked = _files.Asked(paths, mapping, yes, dry_run, time_format, zone, public)
    usual = Times.shifted if public else Times.original
    _files.import_files(asked, (times or usual).value, opened(home), shop, json)


def _public(what: list[str]) -> Public | None:
    """The published data set that is named before its files; write `./movielens` for a folder of that name.

    Raises:
        Unknown: the first word looks like a data set's name and is none.
        Invalid: the set comes from a package and takes no files.
    """
    name = what[0]
    if name not in registry.names("datasets") and (Path(name).exists() or not _names_a_set(name)):
        return None
    found = getattr(registry.module("datasets", name), "PUBLIC", None)
    if found is None:
        raise Invalid(f"the data set '{name}' takes no files", remedy=f"type `lingxi import {name}` alone")
    return cast("Public", found)


def _names_a_set(name: str) -> bool:
    """Whether a name is a data set's; what looks like a path is not.

    Raises:
        Unknown: it looks like a data set's name and is none.
    """
    if name in registry.names("datasets"):
        return True
    if "/" in name or "." in name:
        return False
    try:
        registry.choose("dataset", name, registry.names("datasets"))
    except Unknown as error:
        what = f"there is no file or folder '{name[:80]}' and no data set of that name"
        raise Unknown(what, remedy=f"check the path, or {error.remedy}") from None
    return True


def _import_set(name: str, times: str, home: Path | None, shop: str, json: bool) -> None:
    """Imports a data set that Lingxi knows by name."""
    made = registry.module("datasets", name)
    if not hasattr(made, "DATASET"):
        published = made.PUBLIC.published
        remedy = f"it is published at {published}; then `lingxi import {name} PATH`"
        raise Invalid(f"the data set '{name}' is read from your copy of it", remedy=remedy)
    _files.store(made.DATASET, times, (*opened(home), shop), "", json)  # type: ignore[arg-type]
