"""`lingxi key`: who may use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, opened
from lingxi.cli._print import as_json, as_table, day

keys = typer.Typer(
    no_args_is_help=True, help="Keys that open the API: create, list, revoke. Only their hashes are kept."
)


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.add_typer(keys, name="key")


@keys.command(epilog="Example: `lingxi key create storefront`")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    shop: Shop = DEFAULT_SHOP,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make a key. It is shown this once."""
    from lingxi.app.parts import keys_of, shop_name

    key, secret = keys_of(opened(home)[0]).create(name, shop_name(shop))
    if json:
        as_json({"key": key, "secret": secret})
        return
    typer.echo(secret)
    typer.echo(
        f"key {key.id} opens shop '{key.shop}'; it is not shown again. Send it as 'Authorization: Bearer …'", err=True
    )


@keys.command("list", epilog="Example: `lingxi key list --json`")
def list_(home: Home = None, json: Json = False) -> None:
    """List the keys, the revoked too; never the secrets."""
    from lingxi.app.parts import keys_of

    found = keys_of(opened(home)[0]).all()
    if json:
        as_json({"keys": found})
        return
    rows = [(key.id, key.name, key.prefix + "…", key.shop, day(key.created), day(key.revoked)) for key in found]
    as_table(("id", "name", "key", "shop", "created", "revoked"), rows)


@keys.command(epilog="Example: `lingxi key revoke 3`")
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `lingxi key list` shows it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Close a key; a running server follows within a second or two."""
    from lingxi.app.parts import keys_of

    closed = keys_of(opened(home)[0]).revoke(key)
    if json:
        as_json({"key": closed})
        return
    typer.echo(f"key {closed.id} ('{closed.name}') is closed")
