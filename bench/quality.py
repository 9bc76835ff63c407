"""How good the models are: every one, or those named, on a published set or on the demo's, over several seeds.

`leave-one-out` and `sessions` read the folder of one set (`--data`); `time` takes the demo's data, or makes days of the
positions of a set's sequences. Always: the whole catalogue is ranked, ties are broken against the model, every choice
is made on validation, and the test is taken once. A model may be told settings: `sasrec:content=text+category`. Rows
that are finished are kept in `.cache/bench/quality` and not made again as long as set, recipe and code are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
import numpy.typing as npt
from _named import Named, named
from _quality import KEYS, Kept, Longs, Row, each_question, key_of, recipe_of, run
from _report import RESULTS, commit, finish, settings
from _sets import Trial, leave_one_out, sessions
from _shop import CACHE
from _texts import digest_of, with_text
from _time import Period, period_of, run_over

from lingxi import registry
from lingxi.domain.errors import LingxiError
from lingxi.metrics.interval import paired
from lingxi.ports.recipe import reads_text

PROTOCOLS: Final = ("leave-one-out", "sessions", "time")
ORDERS: Final = {"bsarec": {"content": ["text"]}, "ease_sparse": {}, "item_knn": {}}
"""What comes next, what goes with all that was had, and what is near: models that err in different places."""
COSINE: Final = {"content": [], "cosine": 12.0, "dropout": 0.2, "input_dropout": 0.2, "epochs": 10}
"""Scores by the angle, for sessions: an item is met often enough to need less dropout than a net takes by itself."""
VISITS: Final = {"sasrec": COSINE, "session_knn": {}}
"""What comes next by what all sessions teach, and what followed in those that are most like this one."""
HABITS: Final = {
    "own_decayed": {},
    "own_decayed-short": {"days": 30.0},
    "own_decayed-long": {"days": 400.0},
    "popular": {},
    "item_knn": {},
    "sequence": {"epochs": 10},
}
"""What a shopper buys again, by memories of three lengths, and what would be new to them."""
BEST: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "leave-one-out": ("fusion", {"members": ORDERS}),
    "sessions": ("fusion", {"members": VISITS}),
    "time": ("fusion", {"members": HABITS}),
}
"""The one configuration that docs/models.md recommends for each protocol."""
Answers = dict[str, list[Longs | None]]
"""By model the ranks of each seed, None where they were not kept."""
SHOWN: Final = (*KEYS, "train_s", "epochs", "params", "ms")


def trial_of(protocol: str, data: Path | None, ties: str) -> Trial | Period:
    """The set under the protocol.

    Raises:
        SystemExit: the protocol needs a folder.
    """
    if protocol == "time":
        return period_of(data)
    if data is None:
        sys.exit(f"protocol {protocol} needs --data DIR: the folder of one set")
    if protocol == "sessions":
        return sessions(data)
    return leave_one_out(data, shuffled=0 if ties == "shuffled" else None)


def chosen(models: str, protocol: str) -> list[Named]:
    """The models and their settings: `all`, or names, of which one may be `best`.

    Raises:
        Unknown, Invalid: there is no model of that name, or what follows it is no setting.
    """
    names = registry.names("models") if models == "all" else tuple(dict.fromkeys(models.split(",")))
    return [Named("best", *BEST[protocol]) if name == "best" else named(name) for name in names]


def measure(trial: Trial | Period, options: argparse.Namespace) -> tuple[list[Row], Answers]:
    """A row for each model and seed, from what is kept or made now; and the ranks behind the rows of each model. One
    that cannot be fitted to the set has none: what it says of itself is printed.

    Raises:
        LingxiError: none could be.
    """
    kept = Kept(CACHE / "quality" / "rows.jsonl")
    budget = {"minutes": options.minutes, "threads": options.threads}
    rows, answers, failed = list[Row](), Answers(), None
    for name, model, given in chosen(options.models, options.protocol):
        for seed in range(options.seeds):
            recipe = recipe_of(model, seed, given, budget)
            how = f"{options.protocol} {options.ties}" + (" evenly drawn again" if twice(trial) else "")
            if reads_text([recipe]):
                if not trial.goods.text.size:
                    trial = replace(trial, goods=with_text(trial.goods, options.data))
                how += f" {digest_of(trial.goods)}"
            key = key_of(trial.print, how, recipe)
            try:
                if key not in kept.rows:
                    kept.add(key, *(run(trial, recipe) if isinstance(trial, Trial) else (run_over(trial, recipe),)))
            except LingxiError as error:
                print(f"  {name} seed {seed}: {error}", flush=True)
                failed = error
                continue
            rows.append({**kept.rows[key], "model": name})
            answers.setdefault(name, []).append(kept.ranks(key))
    if not rows and failed is not None:
        raise failed
    return rows, answers


def twice(trial: Trial | Period) -> bool:
    """Whether what validation found is fitted again, to all that there is."""
    return isinstance(trial, Trial) and trial.whole is not None


def merged(name: str, rows: list[Row], print_: str) -> list[Row]:
    """The rows with those of other models that an earlier run on the same set left in `bench/results`."""
    file = RESULTS / f"{name}.json"
    if not file.exists():
        return rows
    before = json.loads(file.read_text(encoding="utf-8"))
    if before["settings"].get("set") != print_:
        return rows
    new = {row["name"] for row in rows}
    return sorted(
        [*rows, *(row for row in before["figures"]["rows"] if row["name"] not in new)], key=lambda r: r["n10"]
    )


def means(rows: list[Row]) -> list[Row]:
    """A row for each model: the mean over its seeds of every figure, and how far the seeds lie apart in N@10."""
    found = []
    for name in dict.fromkeys(row["model"] for row in rows):
        those = [row for row in rows if row["model"] == name]
        numbers = [key for key, value in those[0].items() if isinstance(value, int | float) and key != "seed"]
        mean = {key: round(float(np.mean([row[key] for row in those])), 4) for key in numbers}
        spread = round(float(np.std([row["n10"] for row in those])), 4)
        found.append({"name": name, **mean, "n10_spread": spread, "seeds": len(those), "commit": commit()})
    return found


def beside(rows: list[Row], answers: Answers) -> list[Row]:
    """The rows by N@10, each whose answers are known with how far it is ahead of the next of these: N@10 of each
    question, in the mean over seeds, with the interval over questions."""
    rows = sorted(rows, key=lambda row: row["n10"])
    known = [row for row in rows if all(each is not None for each in answers[row["name"]])]
    for below, row in pairwise(known):
        ahead = paired(*(_gain(answers[each["name"]]) for each in (row, below)))
        bounds = {"over_next": ahead.estimate, "over_next_low": ahead.low, "over_next_high": ahead.high}
        row.update({"next": below["name"]} | {name: round(value, 5) for name, value in bounds.items()})
    return rows


def _gain(ranks: list[Longs | None]) -> npt.NDArray[np.float64]:
    gains: npt.NDArray[np.float64] = np.mean([each_question(each)["n10"] for each in ranks if each is not None], axis=0)
    return gains


def show(rows: list[Row]) -> None:
    """The table of means, and how sure each place in it is."""
    width = max(len(row["name"]) for row in rows)
    print(f"\n{'model':>{width}}  " + "  ".join(f"{name:>9}" for name in SHOWN))
    for row in rows:
        cells = (f"{row[name]:>9.4f}" if name in KEYS else f"{row[name]:>9,.6g}" for name in SHOWN)
        print(f"{row['name']:>{width}}  " + "  ".join(cells))
    for row in (each for each in rows if "next" in each):
        print(
            f"{row['name']} over {row['next']}: N@10 {row['over_next']:+.4f} "
            f"[{row['over_next_low']:+.4f}, {row['over_next_high']:+.4f}]"
        )


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of one set")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="leave-one-out")
    parser.add_argument(
        "--models",
        default="best",
        help="all, best, or names with commas between them, also with settings: sasrec:content=text+category",
    )
    parser.add_argument("--seeds", type=int, default=1, help="fits with the seeds 0 to N − 1")
    parser.add_argument("--ties", choices=("file", "shuffled"), default="file", help="order of items of one time")
    parser.add_argument("--minutes", type=float, default=12.0, help="of one fit, for models with such a budget")
    parser.add_argument("--threads", type=int, default=2, help="of one fit, for models with such a setting")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error("--seeds must be at least 1")
    return options


def main() -> None:
    """Runs it."""
    options = arguments()
    told = settings(
        protocol=options.protocol, models=options.models, seeds=list(range(options.seeds)), minutes=options.minutes
    )
    try:
        trial = trial_of(options.protocol, options.data, options.ties)
        print(f"{trial.name}: {len(trial):,} questions, {len(trial.goods):,} items, {len(trial.past):,} acts before")
        rows, answers = measure(trial, options)
    except LingxiError as error:
        sys.exit(f"quality: {error}")
    table = beside(means(rows), answers)
    show(table)
    name = re.sub(r"[^a-z0-9]+", "_", f"quality_{trial.name}_{options.protocol}".lower())
    finish(name, {**told, "set": trial.print}, {"rows": merged(name, table, trial.print)}, {"rows": rows})


if __name__ == "__main__":
    main()
