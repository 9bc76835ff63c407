"""`lingxi models`: which there are, which is live, and how that changes."""

from __future__ import annotations

from typing import Annotated

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, existing
from lingxi.cli._print import as_json, as_table, day, figure
from lingxi.domain.bundle import Manifest

models = typer.Typer(no_args_is_help=True, help="Models: list, show, promote, roll back.")
Name = Annotated[str, typer.Argument(help="The model's id, as `lingxi models list` shows it.")]
Why = Annotated[str, typer.Option(help="The reason, kept on record.")]


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.add_typer(models, name="models")


@models.command("list", epilog="Example: `lingxi models list --json`")
def list_(home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """List the models, oldest first, with what the gate found."""
    from lingxi.app.desk import Desk

    with Desk(*existing(home), shop) as desk:
        live, found = desk.live(), desk.parts.bundles.all()
    if json:
        as_json({"live": live, "models": found})
        return
    as_table(("live", "id", "model", "made", "verdict"), [_row(each, live) for each in found])


def _row(manifest: Manifest, live: str | None) -> tuple[str, ...]:
    judged = manifest.judged
    verdict = "not judged" if judged is None else f"{'passed' if judged.passed else 'refused'}: {judged.reason}"
    return ("●" if manifest.id == live else "", manifest.id, manifest.recipe.model, day(manifest.created), verdict)


@models.command(epilog="Example: `lingxi models show sequence-20261124-120000`")
def show(model: Name, home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """Show one model: what it was fitted on, how it was judged, what it measured."""
    from lingxi.app.desk import Desk

    with Desk(*existing(home), shop) as desk:
        live, (folder, found) = desk.live(), desk.parts.bundles.open(model)
    if json:
        as_json(found)
        return
    rows: list[tuple[str, str]] = [
        ("model", found.recipe.model),
        ("live", "yes" if found.id == live else "no"),
        ("made", day(found.created)),
        ("fitted on", f"{day(found.fit[0])} – {day(found.fit[1])}"),
        ("folder", str(folder)),
    ]
    if (judged := found.judged) is not None:
        values = f"{figure(judged.challenger_value)} against {figure(judged.champion_value)}"
        interval = f"{figure(judged.difference.low)} … {figure(judged.difference.high)}"
        rows += [
            ("judged on", f"{day(judged.since)} – {day(judged.until)}, {judged.shoppers:,} shoppers"),
            (
                f"{judged.metric} of {judged.surface}",
                f"{values}; difference {figure(judged.difference.estimate)} ({interval})",
            ),
            ("verdict", judged.reason),
        ]
    as_table(("", found.id), rows)


@models.command(epilog="Example: `lingxi models promote sequence-20261124-120000 --force --why 'new season'`")
def promote(
    model: Name,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gate; needs --why.")] = False,
    why: Why = "",
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Make a model live, if its judgement lets it. A running server follows within a second."""
    from lingxi.app.desk import Desk

    with Desk(*existing(home), shop) as desk:
        _tell(desk.promote(model, force=force, why=why), json)


@models.command(epilog="Example: `lingxi models rollback --why 'fewer clicks since noon'`")
def rollback(why: Why = "", home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """Go back to what was live before."""
    from lingxi.app.desk import Desk

    with Desk(*existing(home), shop) as desk:
        _tell(desk.roll_back(why=why), json)


def _tell(live: str | None, json: bool) -> None:
    if json:
        as_json({"live": live})
    else:
        typer.echo(f"live: {live or 'no model'}")
