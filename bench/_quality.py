"""One model on one set: fitted as a shop fits it, exported, loaded, asked every question, and timed."""

from __future__ import annotations

import ast
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from _sets import Trial

from lingxi import registry
from lingxi.domain.bundle import Component, Recipe
from lingxi.domain.history import Goods, History
from lingxi.metrics import ranking
from lingxi.ports.model import Runtime
from lingxi.train import fit as fitting

DEPTH: Final = 100
"""Items that a model is asked for beyond what is masked: ties at the end of the list are broken among these."""
WARM, TIMED = 50, 500
KEYS: Final = ("r5", "n5", "r10", "n10", "p20", "mrr20")
Row = dict[str, Any]
Longs = npt.NDArray[np.int64]


def ranks(runtime: Runtime, trial: Trial) -> Longs:
    """The rank of each right answer, 1 for the first, among the whole catalogue; 0 where it is not in the list.

    What the shopper had is masked if the set says so; an item with the same score as the right answer is before it.
    """
    found = np.zeros(len(trial), dtype=np.int64)
    for place, (history, wanted) in enumerate(zip(trial.histories(), trial.target.tolist(), strict=True)):
        found[place] = rank_of(runtime, history, trial.now, wanted, masked=trial.masked)
    return found


def rank_of(runtime: Runtime, history: History, now: int, wanted: int, *, masked: bool) -> int:
    """The rank of the right answer at `now`, as `ranks` has it; `masked`: what the shopper had is no answer."""
    had = np.unique(history.item) if masked else history.item[:0]
    items, scores = runtime.propose(history, now, DEPTH + len(had))
    free = ~np.isin(items, had)
    items, scores = items[free], scores[free]
    right = np.flatnonzero(items == wanted)
    return int((scores >= scores[right[0]]).sum()) if len(right) else 0


def figures(rank: Longs) -> dict[str, float]:
    """The means over the questions."""
    return {name: float(each.mean()) for name, each in each_question(rank).items()}


def each_question(rank: Longs) -> dict[str, npt.NDArray[np.float64]]:
    """Figures of each question. It has one right answer: recall is the hit rate, which papers on sessions print as
    P@20."""
    hits = np.zeros((len(rank), DEPTH), dtype=np.bool_)
    inside = (rank > 0) & (rank <= DEPTH)
    hits[np.flatnonzero(inside), rank[inside] - 1] = True
    one = np.ones(len(rank), dtype=np.int64)
    return {
        "r5": ranking.recall(hits, one, 5),
        "n5": ranking.ndcg(hits, one, 5),
        "r10": ranking.recall(hits, one, 10),
        "n10": ranking.ndcg(hits, one, 10),
        "p20": ranking.hit_rate(hits, 20),
        "mrr20": ranking.mrr(hits, 20),
    }


def recipe_of(name: str, seed: int, given: dict[str, Any], budget: dict[str, Any]) -> Recipe:
    """The recipe of a model: what is `given`, and of the budget what the model has a setting for."""
    known = registry.load("models", name, "Config").__struct_fields__
    return Recipe(model=name, settings={**{k: v for k, v in budget.items() if k in known}, **given}, seed=seed)


def run(trial: Trial, recipe: Recipe) -> tuple[Row, Longs]:
    """Fits, serves and judges; choices are made on the validation only. Also the rank of each right answer."""
    started = time.perf_counter()
    model, found = fitting.fit(recipe, trial.past, trial.goods, trial.until, trial.validation, _silent)
    if trial.whole is not None:
        model, _ = fitting.fit(fitting.settled(recipe, found), trial.whole, trial.goods, trial.now, None, _silent)
    seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        component = model.export(Path(folder), recipe.model)
        runtime = loaded(Path(folder), component, trial.goods)
        numbers = size_of(Path(folder))
        started = time.perf_counter()
        rank = ranks(runtime, trial)
        result = figures(rank)
        judged = time.perf_counter() - started
        speed = milliseconds(runtime, list(_some(trial)), trial.now)
    print(
        f"  {recipe.model} seed {recipe.seed}: fit {seconds:.1f} s, judged {judged:.1f} s, {_told(found)}", flush=True
    )
    row = {
        "model": recipe.model,
        "seed": recipe.seed,
        **{name: round(result[name], 5) for name in KEYS},
        "train_s": round(seconds, 1),
        "epochs": int(found.get("epochs", 1)),
        "params": numbers,
        "ms": speed,
        "found": {name: value for name, value in found.items() if name != "curve"},
    }
    return row, rank


def loaded(folder: Path, component: Component, goods: Goods) -> Runtime:
    """The runtime, over a catalogue's own numbers."""
    ids = {name: number for number, name in enumerate(goods.ids)}
    runtime: Runtime = registry.load("runtimes", component.runtime, "load")(folder, component, ids)
    return runtime


def milliseconds(runtime: Runtime, histories: Sequence[History], now: int) -> float:
    """The median time of one answer of twenty items."""
    for history in histories[:WARM]:
        runtime.propose(history, now, 20)
    taken = []
    for history in histories[WARM:]:
        started = time.perf_counter_ns()
        runtime.propose(history, now, 20)
        taken.append(time.perf_counter_ns() - started)
    return round(float(np.median(taken)) / 1e6, 3) if taken else float("nan")


def size_of(folder: Path) -> int:
    """How many numbers the files of a bundle hold."""
    total = 0
    for file in folder.rglob("*.safetensors"):
        with file.open("rb") as content:
            head = json.loads(content.read(int.from_bytes(content.read(8), "little")))
        total += sum(int(np.prod(told["shape"])) for name, told in head.items() if name != "__metadata__")
    for file in folder.rglob("*.onnx"):
        import onnx  # in the train extra only

        graph = onnx.load(str(file)).graph
        total += sum(int(np.prod(each.dims)) for each in graph.initializer)
    return total


def code_of(recipe: Recipe) -> str:
    """A digest of a model's code, of its members' and of what they are built of: a row is kept as long as none of it
    changes."""
    digest, seen = hashlib.blake2b(digest_size=6), dict[str, str]()
    names = [recipe.model, *(each.partition("-")[0] for each in recipe.settings.get("members", ()))]
    waiting = [
        *(f"lingxi.models.{name}" for name in names),
        *(f"lingxi.runtimes.{each}" for each in registry.names("runtimes")),
    ]
    while waiting:
        module = waiting.pop()
        spec = find_spec(module)
        if module in seen or spec is None or spec.origin is None:
            continue
        tree = ast.parse(Path(spec.origin).read_bytes())
        seen[module] = ast.dump(_bare(tree))
        waiting += [each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and _ours(each.module)]
    for module in sorted(seen):
        digest.update(seen[module].encode())
    return digest.hexdigest()


def _bare(tree: ast.Module) -> ast.Module:
    """The code without what is only said: its docstrings, comments and layout."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:]  # type: ignore[attr-defined]
    return tree


def _ours(module: str | None) -> bool:
    return module is not None and module.startswith(("lingxi.models.", "lingxi.nn.", "lingxi.runtimes."))


def key_of(trial_print: str, protocol: str, recipe: Recipe) -> str:
    """What a finished row is found again by."""
    told = {"set": trial_print, "protocol": protocol, "recipe": recipe, "code": code_of(recipe)}
    return hashlib.blake2b(msgspec.json.encode(told, order="deterministic"), digest_size=10).hexdigest()


class Kept:
    """Finished rows in a file, one a line; a line that was cut short is passed over. Beside it the ranks behind a row,
    so that two of them can be compared question by question."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: dict[str, Row] = dict(self._lines())

    def _lines(self) -> Iterator[tuple[str, Row]]:
        if not self.file.exists():
            return
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                told = json.loads(line)
                yield told["key"], told["row"]
            except (ValueError, KeyError, TypeError):
                continue

    def ranks(self, key: str) -> Longs | None:
        """What stands behind a row; None where nothing was kept."""
        file = self.file.parent / f"{key}.npy"
        return np.load(file, allow_pickle=False).astype(np.int64) if file.exists() else None

    def add(self, key: str, row: Row, rank: Longs | None = None) -> None:
        """Keeps a row at once."""
        self.rows[key] = row
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if rank is not None:
            np.save(self.file.parent / f"{key}.npy", rank.astype(np.int32), allow_pickle=False)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "row": row}) + "\n")


def _some(trial: Trial) -> Iterator[History]:
    every = max(1, len(trial) // (WARM + TIMED))
    for place, history in enumerate(trial.histories()):
        if place % every == 0 and place // every < WARM + TIMED:
            yield history


def _told(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items() if name != "curve") or "nothing to find"


def _silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches a fit here."""
