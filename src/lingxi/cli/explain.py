"""`lingxi explain`: why a slate was what it was."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, existing
from lingxi.cli._print import as_json, as_table, day
from lingxi.config import Settings
from lingxi.domain.errors import Unknown

KEY = "LINGXI_KEY"
SECONDS = 5.0


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("explain", epilog="Example: `lingxi explain 0199a1b2-1c2d-7e3f-8a4b-5c6d7e8f9a0b`")(explain)


def explain(
    request: Annotated[str, typer.Argument(help="The slate's `request`.")],
    url: Annotated[str | None, typer.Option(help="The server that has it in memory. [default: the home's own]")] = None,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Explain a slate: its full account from the running server, else what is kept on disk.

    Where a key is needed, put it in LINGXI_KEY.
    """
    _, settings = existing(home)
    found = _asked(url or _own(settings), request)
    if found is None:
        with desk_of(home, shop) as desk:
            found = desk.explained(request)
    if found is None:
        raise Unknown(
            f"no slate of request '{request[:80]}'", remedy=f"slates are kept {settings.slates.retention_days} days"
        )
    if json:
        as_json(found)
        return
    _show(found)


def _own(settings: Settings) -> str:
    return f"http://{settings.server.host}:{settings.server.port}"


def _asked(url: str, request: str) -> dict[str, Any] | None:
    """What a server says of the slate; None where none answers."""
    if not url.startswith(("http://", "https://")):
        return None
    headers = {"authorization": f"Bearer {os.environ[KEY]}"} if os.environ.get(KEY) else {}
    ask = urllib.request.Request(f"{url.rstrip('/')}/v1/slates/{quote(request, safe='')}", headers=headers)  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(ask, timeout=SECONDS) as answer:  # noqa: S310 (checked above)
            found: dict[str, Any] = msgspec.json.decode(answer.read())
            return found
    except (urllib.error.URLError, OSError, msgspec.DecodeError):
        return None


def _show(found: dict[str, Any]) -> None:
    slate, record = found["slate"], found.get("record")
    who = found.get("user") or found.get("session") or "a guest"
    title = f"{slate['surface']} for {who} at {day(found['at'])}, model {slate['model'] or 'none'}, seq {slate['seq']}"
    rows = [(p["item"], f"{p['score']:.3f}", p["source"], p["reason"].get("en", "")) for p in slate["picks"]]
    as_table(("item", "score>", "source", "reason"), rows, title=title)
    if record is None:
        typer.echo("its full account is no longer kept; ask with explain=true to keep one")
        return
    as_table(("source", "proposed>"), record["proposed"].items())
    as_table(("filter", "removed>"), [(name, len(items)) for name, items in record["removed"].items()])
    if record.get("rules"):
        rows = [
            tuple(each.get(name) for name in ("rule", "effect", "item", "before", "after")) for each in record["rules"]
        ]
        as_table(("rule", "effect", "item", "from>", "to>"), rows)
    moved = [(p["item"], p["place"], _moves(p["moved"])) for p in record["picks"] if p.get("moved")]
    if moved:
        as_table(("item", "place by score>", "moved up (+) or down by"), moved)


def _moves(moved: dict[str, int]) -> str:
    return ", ".join(f"{name} {places:+d}" for name, places in moved.items())
