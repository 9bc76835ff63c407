"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lingxi import config
from lingxi.domain.errors import Unknown

if TYPE_CHECKING:
    from lingxi.app.desk import Desk

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


def desk_of(home: Path | None, shop: str) -> Desk:
    """The desk of a shop that must be there; raises as `existing` and `shop_in` do."""
    from lingxi.app.desk import Desk

    folder, settings = existing(home)
    return Desk(folder, settings, shop_in(folder, shop))


def shop_in(home: Path, shop: str) -> str:
    """The shop, if the home has it; a mistyped name must not look like an empty shop.

    Raises:
        Unknown: the home has no such shop.
        Invalid: no shop can be called so.
    """
    from lingxi.app.parts import folder_of

    folder = folder_of(home, shop)
    if not folder.is_dir():
        there = ", ".join(sorted(each.name for each in folder.parent.glob("*") if each.is_dir())) or "none yet"
        raise Unknown(f"there is no shop '{shop}' in this home", where=str(home), remedy=f"its shops are: {there}")
    return shop
