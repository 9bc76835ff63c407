"""`lingxi evaluate`: all models on the shop's own log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lingxi import config, registry
from lingxi.cli._aside import stand_back, trainers
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, existing
from lingxi.cli._print import as_json, as_table, console, day, figure
from lingxi.cli._progress import bars

if TYPE_CHECKING:
    from lingxi.workflows.evaluate import Evaluation, Row


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    examples = (
        "Examples: `lingxi evaluate` · `lingxi evaluate --models popular,item_knn,sequence --seeds 3 --minutes 60` · "
        "`lingxi evaluate --against item_knn --parts --json` · `lingxi evaluate --protocol leave-one-out`"
    )
    cli.command("evaluate", epilog=examples)(evaluate)


def evaluate(
    models: Annotated[str, typer.Option(help="Names with commas between them, or all.")] = "all",
    against: Annotated[str, typer.Option(help="The model that the others are compared with.")] = "own_decayed",
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Fits of each model, with the seeds 0 to N - 1.")] = 1,
    minutes: Annotated[float, typer.Option(min=0.1, help="Time that all fits together may take.")] = 30.0,
    threads: Annotated[int | None, typer.Option(help="CPU threads; 0: all. [default: train.threads]")] = None,
    protocol: Annotated[
        str, typer.Option(help="time: the last days are foretold; or leave-one-out: each shopper's last choice.")
    ] = "time",
    parts: Annotated[bool, typer.Option("--parts", help="By kinds of shoppers and of items too.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Compare models on the log: fitted to the same past, judged on what came after it, over the whole catalogue.

    Nothing is published. Each model's recall is given with its paired 95 % interval against one of them.
    """
    chosen = config.overruled(existing(home)[1], "train", {"threads": threads}).train
    stand_back(chosen.nice, chosen.threads)
    from lingxi.workflows.evaluate import Options
    from lingxi.workflows.trials import PROTOCOLS

    registry.choose("protocol", protocol, PROTOCOLS)
    named = () if models == "all" else tuple(name.strip() for name in models.split(",") if name.strip())
    options = Options(
        models=named,
        against=against,
        seeds=seeds,
        minutes=minutes,
        threads=chosen.threads,
        holdout_days=chosen.holdout_days,
        protocol=next(each for each in PROTOCOLS if each == protocol),
    )
    with desk_of(home, shop) as desk, bars(json) as watch, trainers():
        found = desk.evaluate(options, watch)
    if json:
        as_json(found)
        return
    _show(found, parts=parts)


def _show(found: Evaluation, *, parts: bool) -> None:
    out = console()
    span = f"{day(found.since)} to {day(found.until)}"
    out.print(f"{found.protocol}: {found.shoppers:,} shoppers, {found.items:,} items, {span}")
    out.print(
        f"difference: recall@10 less that of {found.against}, with its 95 % interval; new: items new to the shopper"
    )
    heads = ("model", "recall@10>", "difference>", "ndcg@10>", "recall@20>", "new@10>", "coverage>")
    as_table((*heads, "fit>", "answer>", "size>"), [_cells(row) for row in found.rows])
    beside = ("model", "precision>", "mrr>", "map>", "hit rate>", "auc>", "diversity>", "novelty>", "serendipity>")
    more = ("gini>", "popularity>", "lift>", "uncalibrated>")
    as_table((*beside, *more), [_beside(row) for row in found.rows], title="at 10, and beside accuracy")
    for each in found.skipped:
        out.print(f"{each.model}: not fitted: {each.why}", markup=False)
    if parts:
        columns = ("by", "part", "shoppers>", *(f"{row.model}>" for row in found.rows))
        same = zip(*(row.parts for row in found.rows), strict=True)
        rows = [(p[0].by, p[0].part, f"{p[0].shoppers:,}", *(figure(each.recall) for each in p)) for p in same]
        as_table(columns, rows, title="recall@10 of kinds of shoppers, and of items")


def _cells(row: Row) -> tuple[str, ...]:
    at, gap = row.at["10"], row.difference.get("10")
    against = "" if gap is None else f"{gap.estimate:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"
    quality = (figure(at.recall), against, figure(at.ndcg), figure(row.at["20"].recall), figure(at.new_recall))
    cost = (f"{row.train_s:,.1f} s", f"{row.ms:.2f} ms", f"{row.bytes / 1e6:,.1f} MB")
    return (row.model, *quality, figure(at.coverage), *cost)


def _beside(row: Row) -> tuple[str, ...]:
    at, more = row.at["10"], row.beyond["10"]
    accuracy = (at.precision, at.mrr, at.map, at.hit_rate, at.auc)
    lists = (more.diversity, more.novelty, more.serendipity, more.gini, more.popularity, more.lift)
    return (row.model, *(figure(each) for each in (*accuracy, *lists, more.miscalibration)))
