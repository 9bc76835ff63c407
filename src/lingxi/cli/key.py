"""`lingxi key`: who may use the API."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, existing, opened
from lingxi.cli._print import as_json, as_table, day
from lingxi.domain.errors import Invalid
from lingxi.ports.keys import SCOPES

if TYPE_CHECKING:
    from lingxi.ports.keys import Key

NAME_CHARACTERS: Final = 80

keys = typer.Typer(
    no_args_is_help=True, help="Keys that open the API: create, list, rotate, revoke. Only their hashes are kept."
)


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.add_typer(keys, name="key")


class Scopes(StrEnum):
    """What a key may do."""

    ingest = "ingest"
    recommend = "recommend"
    admin = "admin"


@keys.command(epilog="Examples: `lingxi key create office` · `lingxi key create web --scope recommend --scope ingest`")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[Scopes] | None,
        typer.Option(help="What it may do, repeatable: ingest (send), recommend (ask), admin (all). [default: admin]"),
    ] = None,
    shop: Shop = DEFAULT_SHOP,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make a key. It is shown this once."""
    from lingxi.app.parts import keys_of, shop_name

    if not 0 < len(name.strip()) <= NAME_CHARACTERS:
        what = f"a key's name has 1 to {NAME_CHARACTERS} characters"
        raise Invalid(what, where="NAME", remedy="say what the key is for: `lingxi key create office`")
    given = {each.value for each in scope or [Scopes.admin]}
    scopes = [each for each in SCOPES if each in given]
    _show(*keys_of(opened(home)[0]).create(name, shop_name(shop), scopes), json)


def _show(key: Key, secret: str, json: bool) -> None:
    if json:
        as_json({"key": key, "secret": secret})
        return
    typer.echo(secret)
    may = f"key {key.id} opens shop '{key.shop}' ({', '.join(key.scopes)})"
    typer.echo(f"{may}; it is not shown again. Send it as 'Authorization: Bearer …'", err=True)


@keys.command("list", epilog="Example: `lingxi key list --json`")
def list_(home: Home = None, json: Json = False) -> None:
    """List the keys, the revoked too; never the secrets."""
    from lingxi.app.parts import keys_of

    found = keys_of(existing(home)[0]).all()
    if json:
        as_json({"keys": found})
        return
    rows = [
        (each.id, each.name, each.prefix + "…", each.shop, ", ".join(each.scopes), *map(day, _times(each)))
        for each in found
    ]
    as_table(("id", "name", "key", "shop", "may", "created", "rotated", "revoked"), rows)


def _times(key: Key) -> tuple[int | None, ...]:
    return key.created, key.rotated, key.revoked


@keys.command(epilog="Example: `lingxi key rotate 3f9a0c1b2d4e`")
def rotate(
    key: Annotated[str, typer.Argument(help="The key's id, as `lingxi key list` shows it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Give a key a new secret, shown this once; the one before opens nothing within a second or two."""
    from lingxi.app.parts import keys_of

    _show(*keys_of(existing(home)[0]).rotate(key), json)


@keys.command(epilog="Example: `lingxi key revoke 3f9a0c1b2d4e`")
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `lingxi key list` shows it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Close a key; a running server follows within a second or two."""
    from lingxi.app.parts import keys_of

    closed = keys_of(existing(home)[0]).revoke(key)
    if json:
        as_json({"key": closed})
        return
    typer.echo(f"key {closed.id} ('{closed.name}') is closed")
