"""`lingxi profile`: where the time of a slate goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
import typer

from lingxi.cli import _flame, _profile
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table, console
from lingxi.workflows.profile import Profiled

SPEEDSCOPE: Final = "slates.speedscope.json"
PICTURE: Final = "slates.flame.svg"


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("profile", epilog="Examples: `lingxi profile` · `lingxi profile --slates 5000 --json`")(profile)


def profile(
    slates: Annotated[int, typer.Option(help="How many of the newest requests.", min=1, max=1_000_000)] = 2_000,
    seed: Annotated[int, typer.Option(help="Of made-up requests.")] = 0,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Show where the time of a slate goes: the newest requests, answered once more with a clock at every step.

    A shop that has answered none yet gets made-up ones. Nothing is stored but a table's worth: a file for
    speedscope.app and a picture, in the shop's folder.
    """
    with desk_of(home, shop) as desk:
        found = desk.profile(slates, seed)
        folder = desk.parts.folder
    (folder / SPEEDSCOPE).write_bytes(msgspec.json.encode(_profile.flame(found.lines, "lingxi profile")))
    (folder / PICTURE).write_text(_flame.flame(found.lines, _title(found)), encoding="utf-8")
    rows = list(_rows(found))
    if json:
        as_json({"slates": found.slates, "real": found.real, "model": found.model, "steps": rows})
        return
    shown = [_shown(row) for row in rows]
    as_table(("where", "times>", "µs a slate>", "alone>", "share>"), shown, title=_title(found))
    console().print(f"a picture: {folder / PICTURE}", markup=False)
    console().print(f"as a flame graph: open {folder / SPEEDSCOPE} in https://www.speedscope.app", markup=False)


def _shown(row: dict[str, Any]) -> tuple[str, ...]:
    name = "  " * (len(row["path"]) - 1) + row["path"][-1]
    return name, f"{row['times']:,}", f"{row['us']:,.1f}", f"{row['alone_us']:,.1f}", f"{row['share']:.1%}"


def _title(found: Profiled) -> str:
    asked = "real requests" if found.real else "made-up requests"
    return f"{found.slates:,} slates for {asked}, model {found.model or 'none'}"


def _rows(found: Profiled) -> Iterator[dict[str, Any]]:
    whole = sum(line.seconds for line in found.lines if len(line.path) == 1)
    for line in found.lines:
        yield {
            "path": list(line.path),
            "times": line.times,
            "us": round(line.seconds / found.slates * 1e6, 2),
            "alone_us": round(line.alone / found.slates * 1e6, 2),
            "share": round(line.alone / whole, 4) if whole else 0.0,
        }
