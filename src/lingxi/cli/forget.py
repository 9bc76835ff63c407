"""`lingxi forget` and `lingxi export-user`: a person's data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table
from lingxi.domain.errors import Unavailable

if TYPE_CHECKING:
    from lingxi.app.desk import Desk
    from lingxi.workflows.receipts import Forgotten

LOOK_SECONDS: Final = 0.5
WAIT_SECONDS: Final = 900.0
Session = Annotated[bool, typer.Option("--session", help="The ids are sessions': guests.")]


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.command("forget", epilog="Examples: `lingxi forget u17` · `lingxi forget u17 u18 --json`")(forget)
    cli.command("export-user", epilog="Example: `lingxi export-user u17 --to u17.json`")(export_user)


def forget(
    user: Annotated[list[str], typer.Argument(help="The users' ids.")],
    session: Session = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Erase persons everywhere: log, catalog, state, slates, quarantine, checkpoints, files; with a receipt for each.

    A server may run beside: it takes the erasure in, and this waits until it has.
    """
    with desk_of(home, shop) as desk:
        begun = [desk.forget(_named(each, session)) for each in user]
        receipts = _complete(desk, begun)
    if json:
        as_json({"receipts": receipts})
        return
    rows = [
        (each, place, ", ".join(f"{count:,} {name}" for name, count in counts.items()))
        for each, receipt in zip(user, receipts, strict=True)
        for place, counts in receipt.found.items() or [("nowhere", {"nothing": 0})]
    ]
    as_table(("who", "where", "erased"), rows)
    for each in receipts:
        left = f"; still named in {', '.join(each.left)}" if each.left else ""
        typer.echo(
            f"receipt {each.receipt}: complete, {'every byte looked through' if each.verified else 'done'}{left}"
        )


def _complete(desk: Desk, begun: list[Forgotten]) -> list[Forgotten]:
    """The receipts once they are complete: by the server where one runs, else here."""
    until = time.monotonic() + WAIT_SECONDS
    if not (desk.served and any(each.seq is not None for each in begun)):
        desk.finish_forgetting()
    while any(each.complete is None for each in begun):
        if time.monotonic() > until:
            what, remedy = "the server has not taken in the erasure yet", "see GET /v1/erasures/… later"
            raise Unavailable(what, where=", ".join(each.receipt for each in begun), remedy=remedy)
        if not desk.served:
            desk.finish_forgetting()
        begun = [desk.receipts.show(each.receipt) for each in begun]
        time.sleep(LOOK_SECONDS if any(each.complete is None for each in begun) else 0)
    return begun


def export_user(
    user: Annotated[str, typer.Argument(help="The user's id.")],
    session: Session = False,
    to: Annotated[Path | None, typer.Option("--to", help="Write it into this file; else it is printed.")] = None,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
) -> None:
    """Print everything that is held of a person, as JSON: changes, records, slates, quarantine, counts."""
    from lingxi.workflows import export_user as workflow

    with desk_of(home, shop) as desk:
        found = workflow.as_json(desk.everything(_named(user, session)))
    if to is None:
        typer.echo(found.decode())
        return
    try:
        to.write_bytes(found)
    except OSError as error:
        raise Unavailable(
            f"the file cannot be written: {error.strerror}", where=str(to), remedy="name another"
        ) from None
    typer.echo(f"{to}: {len(found):,} bytes")


def _named(user: str, session: bool) -> str:
    return f"{'s' if session else 'u'}:{user}"
