"""`lingxi recommend`: a slate, without a server."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table
from lingxi.domain.slate import Query
from lingxi.ingest.misfit import misfit


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    examples = "Examples: `lingxi recommend home --user u1` · `lingxi recommend similar --item sku-1 -n 5 --json`"
    cli.command("recommend", epilog=examples)(recommend)


def recommend(
    surface: Annotated[str, typer.Argument(help="home, similar, bought_together, cart, buy_again, trending.")] = "home",
    user: Annotated[str | None, typer.Option(help="The shopper; without one, a guest.")] = None,
    session: Annotated[str | None, typer.Option(help="The visit.")] = None,
    item: Annotated[
        list[str] | None, typer.Option(help="The item looked at, or those in the cart; repeatable.")
    ] = None,
    n: Annotated[int, typer.Option("-n", "--n", help="How many picks.")] = 20,
    category: Annotated[str | None, typer.Option(help="Only of this category and those below it.")] = None,
    region: Annotated[str | None, typer.Option(help="Where the shopper lives, for merchant rules.")] = None,
    channel: Annotated[str | None, typer.Option(help="Where the shopper is: app, web …; for merchant rules.")] = None,
    chinese: Annotated[bool, typer.Option("--zh", help="Reasons in Chinese.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Recommend, as the server would now; nothing is kept of it."""
    given = {"surface": surface, "user": user, "session": session, "items": item or (), "n": n, "category": category}
    given |= {"region": region, "channel": channel}
    try:
        query = msgspec.convert(given, Query)
    except msgspec.ValidationError as error:
        raise misfit(error, Query, place="options", remedy="see `lingxi recommend --help`") from None
    with desk_of(home, shop) as desk:
        slate, _ = desk.recommend(query)
        titles = {
            id_: each.title_zh if chinese else each.title
            for id_, each in desk.parts.log.items([p.item for p in slate.picks]).items()
        }
    if json:
        as_json(slate)
        return
    rows = [
        (p.item, titles.get(p.item, ""), f"{p.score:.3f}", p.source, p.reason.zh if chinese else p.reason.en)
        for p in slate.picks
    ]
    as_table(
        ("item", "title", "score>", "source", "reason"), rows, title=f"{slate.surface}, model {slate.model or 'none'}"
    )
