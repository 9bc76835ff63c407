"""`lingxi tune`: searches for a model's settings on the shop's own log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from lingxi import config
from lingxi.cli._aside import stand_back, trainers
from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, existing
from lingxi.cli._print import as_json, as_table, console, day, figure
from lingxi.cli._progress import bars

if TYPE_CHECKING:
    from lingxi.workflows._study import Tried
    from lingxi.workflows.tune import Tuned

SHOWN: Final = 10
BAR: Final = 30


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    examples = (
        "Examples: `lingxi tune --minutes 60` · `lingxi tune --model item_knn --trials 30 --workers 2` · "
        "then `lingxi train --study item_knn`"
    )
    cli.command("tune", epilog=examples)(tune)


def tune(
    model: Annotated[str | None, typer.Option(help="Whose settings. [default: train.model]")] = None,
    study: Annotated[str, typer.Option(help="The search's name; run again, it goes on. [default: the model's]")] = "",
    minutes: Annotated[float, typer.Option(min=0.1, help="Time that it may take in all.")] = 60.0,
    trials: Annotated[int | None, typer.Option(min=1, help="At most so many trials. [default: as time allows]")] = None,
    workers: Annotated[int | None, typer.Option(help="Trials side by side. [default: train.workers]")] = None,
    executor: Annotated[str | None, typer.Option(help="process, or ray. [default: train.executor]")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads of all; 0: all. [default: train.threads]")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the search. [default: train.seed]")] = None,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Search for a model's settings: trials on one past, weak ones given up; the best is kept for `train --study`.

    It is compared with the defaults on days that the search never saw. Interrupted, run it again: it goes on.
    """
    given = {"model": model, "workers": workers, "executor": executor, "threads": threads, "seed": seed}
    chosen = config.overruled(existing(home)[1], "train", given).train
    stand_back(chosen.nice, chosen.threads)
    with trainers():
        from lingxi.workflows.tune import Options

        options = Options(
            model=chosen.model,
            study=study,
            minutes=minutes,
            trials=trials,
            threads=chosen.threads,
            holdout_days=chosen.holdout_days,
            seed=chosen.seed,
        )
        with desk_of(home, shop) as desk, bars(json) as watch:
            found = desk.tune(options, chosen.executor, chosen.workers, watch)
    if json:
        as_json(found)
        return
    _show(found)


def _show(found: Tuned) -> None:
    out = console()
    best = sorted(found.trials, key=lambda each: -(each.value or 0.0))[:SHOWN]
    names = list(dict.fromkeys(name for each in best for name in each.settings))
    as_table(("trial>", "recall@10>", *names, "time>"), [_cells(each, names) for each in best])
    states = {state: sum(each.state == state for each in found.trials) for state in ("complete", "pruned", "failed")}
    out.print(", ".join(f"{count} {state}" for state, count in states.items() if count), markup=False)
    if found.importance:
        rows = [(name, f"{share:.0%}", "█" * round(share * BAR)) for name, share in found.importance.items()]
        as_table(("setting", "importance>", ""), rows)
    gap = found.difference
    out.print(
        f"on days not seen ({day(found.since)} to {day(found.until)}, {found.shoppers:,} shoppers): recall@10 "
        f"{figure(found.best_recall)} against {figure(found.default_recall)} of the defaults, "
        f"{gap.estimate:+.4f} ({gap.low:+.4f} to {gap.high:+.4f})",
        markup=False,
    )
    out.print(f"next: `lingxi train --study {found.study}`", markup=False)


def _cells(each: Tried, names: list[str]) -> tuple[str, ...]:
    value = each.state if each.value is None else figure(each.value)
    return (str(each.number), value, *(figure(each.settings.get(name, "")) for name in names), f"{each.seconds:,.1f} s")
