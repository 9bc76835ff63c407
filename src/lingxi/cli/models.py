"""`lingxi models`: which there are, which is live, and how that changes."""

from __future__ import annotations

from typing import Annotated

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table, day, figure
from lingxi.domain.bundle import Manifest

models = typer.Typer(no_args_is_help=True, help="Models: list, show, compare, promote, roll back.")
Name = Annotated[str, typer.Argument(help="The model's id, as `lingxi models list` shows it.")]
Why = Annotated[str, typer.Option(help="The reason, kept on record.")]


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.add_typer(models, name="models")


@models.command("list", epilog="Example: `lingxi models list --json`")
def list_(home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """List the models, oldest first, with what the gate found."""
    with desk_of(home, shop) as desk:
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
    with desk_of(home, shop) as desk:
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


@models.command(epilog="Example: `lingxi models compare sequence-20261117-120000 sequence-20261124-120000`")
def compare(
    one: Annotated[str, typer.Argument(metavar="A", help="A model's id.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another's.")],
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Compare two models: recipe, size, figures side by side, and whether these were measured on the same days."""
    from lingxi.workflows.compare import compare as side_by_side

    with desk_of(home, shop) as desk:
        found = side_by_side(*(desk.parts.bundles.open(name)[1] for name in (one, other)))
    if json:
        as_json(found)
        return
    differs = [(name, *map(_shown, (name, name), pair)) for name, pair in {**found.recipe, **found.facts}.items()]
    as_table(("differs", found.a, found.b), differs or [("nothing", "", "")])
    rows = [
        (f"{each.metric}@{each.cutoff} of {each.ranking}", figure(each.a), figure(each.b), f"{each.difference:+.4f}")
        for each in found.figures
        if each.difference
    ]
    as_table(("figure", f"{found.a}>", f"{found.b}>", "difference>"), rows)
    as_table(("verdict", ""), zip((found.a, found.b), found.verdicts, strict=True))
    typer.echo(found.why)


def _shown(name: str, value: object) -> str:
    return day(value) if name.startswith("fitted") and isinstance(value, int) else str(value)


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
    with desk_of(home, shop) as desk:
        _tell(desk.promote(model, force=force, why=why), json)


@models.command(epilog="Example: `lingxi models rollback --why 'fewer clicks since noon'`")
def rollback(why: Why = "", home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """Go back to what was live before."""
    with desk_of(home, shop) as desk:
        _tell(desk.roll_back(why=why), json)


def _tell(live: str | None, json: bool) -> None:
    if json:
        as_json({"live": live})
    else:
        typer.echo(f"live: {live or 'no model'}")
