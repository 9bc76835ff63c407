"""A search as Optuna keeps it (Akiba et al. 2019): a journal in a file, which workers write to side by side.

The tree-structured Parzen estimator proposes, the medians of the others' courses say when to give up.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import msgspec
import optuna
from msgspec import Struct
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from lingxi.domain.errors import Incompatible
from lingxi.ports.model import Range, Watch
from lingxi.workflows.studies import Value

JOURNAL: Final = "journal.log"
WARM_UP: Final = 5
"""Trials that are run to their end before any is given up."""
ENOUGH: Final = 4
"""Trials below which nothing can be said of what mattered."""
DEFAULTS: Final = "defaults"
"""What marks the trial of the model's own settings."""
FOUND: Final = "found"
"""Under which name a trial keeps its settings, with what its fit found."""


class Tried(Struct, frozen=True, kw_only=True):
    """One trial: `state` is complete, pruned (given up) or failed; `value` is recall at 10 on the search's days."""

    number: int
    state: str
    value: float | None
    settings: dict[str, Value]
    seconds: float


def study_in(folder: Path, seed: int) -> optuna.Study:
    """The study of a folder, made if it is not there."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(folder / JOURNAL))),
        study_name=folder.name,
        load_if_exists=True,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, constant_liar=True),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=WARM_UP, n_warmup_steps=1),
    )


def mend(folder: Path) -> None:
    """Makes the journal of a search that was killed whole again: the line that it was writing is dropped, and a lock
    that nobody holds. Nobody else may be at work on it.

    Raises:
        Incompatible: it is broken in the middle.
    """
    file = folder / JOURNAL
    (folder / f"{JOURNAL}.lock").unlink(missing_ok=True)
    if not file.exists():
        return
    whole, newline, torn = file.read_bytes().rpartition(b"\n")
    if torn:
        file.write_bytes(whole + newline)
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            what = f"the search's journal is broken in line {number}"
            remedy = "delete the study's folder and search anew, or name another --study"
            raise Incompatible(what, where=str(file), remedy=remedy) from error


def take_up(study: optuna.Study) -> None:
    """Trials that were at work when a search was killed are given up, and tried again first."""
    for each in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(each.number, state=optuna.trial.TrialState.FAIL)
        study.enqueue_trial(each.params, user_attrs=each.user_attrs)


def ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """The trials that ended, in the order in which they began."""
    return [each for each in study.trials if each.state.is_finished()]


def suggested(trial: optuna.Trial, name: str, among: Any) -> Value:
    """A value for a setting."""
    if isinstance(among, Range):
        if among.whole:
            return trial.suggest_int(name, int(among.low), int(among.high), log=among.log)
        return trial.suggest_float(name, among.low, among.high, log=among.log)
    chosen: Value = trial.suggest_categorical(name, list(among))
    return chosen


def pruning(trial: optuna.Trial) -> Watch:
    """Tells the search how a fit fares, epoch by epoch, and ends it where others fared better."""
    told = 0

    def watch(stage: str, done: float, **figures: float) -> None:  # noqa: ARG001 (the model names its own stages)
        nonlocal told
        value = figures.get("ndcg", figures.get("recall"))
        if value is None or not math.isfinite(value):
            return
        trial.report(value, told)
        told += 1
        if trial.should_prune():
            raise optuna.TrialPruned

    return watch


def tried(trial: optuna.trial.FrozenTrial) -> Tried:
    spent = trial.duration.total_seconds() if trial.duration is not None else 0.0
    settings = trial.user_attrs.get(FOUND, trial.params)
    value = trial.value if trial.state.name == "COMPLETE" else None
    state = {"COMPLETE": "complete", "PRUNED": "pruned"}.get(trial.state.name, "failed")
    return Tried(number=trial.number, state=state, value=value, settings=settings, seconds=round(spent, 3))


def importance_in(study: optuna.Study) -> dict[str, float]:
    """How much of the differences between trials each setting explains (fANOVA, Hutter et al. 2014); nothing where
    there are too few trials to say."""
    complete = [each for each in study.trials if each.state == optuna.trial.TrialState.COMPLETE]
    if len(complete) < ENOUGH:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (ValueError, RuntimeError):
        return {}  # all trials were equally good
    return {name: round(float(value), 4) for name, value in found.items()}
