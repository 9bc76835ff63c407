"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lingxi import config
from lingxi.domain.errors import Unknown

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder that holds everything. [env: LINGXI_HOME; default: ./home]", show_default=False
    ),
]
Shop = Annotated[str, typer.Option("--shop", help="Which shop of the home.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

DEFAULT_SHOP = "default"


def opened(home: Path | None) -> tuple[Path, config.Settings]:
    """The home's folder and its settings.

    Raises:
        Invalid: a setting is wrong.
    """
    folder = config.home_of(home)
    return folder, config.load(folder)


def existing(home: Path | None) -> tuple[Path, config.Settings]:
    """The same, of a home that must be there.

    Raises:
        Unknown: there is no such home.
    """
    folder, settings = opened(home)
    return there(folder), settings


def there(folder: Path) -> Path:
    """The folder of a home, if there is one; a mistyped name must not look like an empty shop.

    Raises:
        Unknown: there is no such home.
    """
    if not folder.is_dir():
        raise Unknown("there is no home", where=str(folder), remedy="make one with `lingxi init`, or name it in --home")
    return folder
