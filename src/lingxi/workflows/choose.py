"""Which model to train: what the data are like says which are worth a trial, and the trials decide.

Trials are judged on days that neither the training's own judgement nor its gate looks at, so that a choice is no peek.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import Struct

from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import NotEnoughData, TooLarge
from lingxi.domain.event import KIND_CODE
from lingxi.ports.model import Watch
from lingxi.ports.recipe import reads_text
from lingxi.train.evaluate import recalls
from lingxi.workflows.learn import Workshop
from lingxi.workflows.trials import Ground, answer_ms, asked, budgeted, ground_of, learnt, part_of
from lingxi.workflows.workroom import clear, workroom

AUTO: Final = "auto"
"""What stands for a model in `train.model` and `--model` where the data are to choose."""
SHARE: Final = 0.4
"""Of the time of a training, what the choice may take."""
NET_MINUTES: Final = 1.0
"""A net that is given less says nothing of what it could be."""
NETS: Final = frozenset({"sequence", "sasrec", "hstu", "bsarec", "gru4rec", "narm", "nextitnet", "two_tower"})
REPEATS: Final = 0.2
"""Above this share of purchases that are repeats, what a shopper bought is what they buy."""
SHORT: Final = 8.0
"""Below this median of acts a shopper, a history is a session."""
LONG: Final = 20.0
WHOLE: Final = 20_000
"""Up to so many items a matrix of all pairs is a small thing."""
K: Final = 10


class Facts(Struct, frozen=True, kw_only=True):
    """What decides which models are worth a trial: how many there are of each, `acts` a shopper (the median), the share
    of purchases that are `repeats`."""

    shoppers: int
    items: int
    events: int
    acts: float
    repeats: float


class Option(Struct, frozen=True):
    """A model that is worth a trial, and why."""

    model: str
    why: str


class Tried(Struct, frozen=True, kw_only=True):
    """What a trial gave: recall at 10 (None where it could not be fitted: `why` says it), the fit's `seconds`, the
    median `ms` of an answer."""

    model: str
    why: str
    recall: float | None
    seconds: float
    ms: float


class Choice(Struct, frozen=True, kw_only=True):
    """The model, in words why, and what it was chosen from: best first."""

    model: str
    why: str
    facts: Facts
    tried: list[Tried]
    seconds: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """The `minutes` that all trials may take, and the most `ms` an answer may."""

    minutes: float
    ms: float
    threads: int
    holdout_days: float
    seed: int


def choose(shop: Workshop, bounds: Bounds, watch: Watch) -> Choice:
    """Tries what the data speak for, and takes the best that answers in time.

    Raises:
        NotEnoughData: the log holds too little; the remedy says what is missing.
        Refused: another choice is at work on this shop.
    """
    started = time.monotonic()
    with workroom(shop.folder, "choose") as room:
        clear(room)
        text = reads_text(Recipe(model=name, settings={}) for name in NETS)
        ground = ground_of(shop, room, bounds.holdout_days, bounds.threads, watch, text=text)
        facts = facts_of(ground)
        options = options_for(facts, bounds.minutes)
        tried = _trials(ground, options, bounds, started, watch)
    fitted = sorted((each for each in tried if each.recall is not None), key=lambda each: -(each.recall or 0.0))
    if not fitted:
        what = "no model could be fitted within the time"
        raise NotEnoughData(what, where="--model auto", remedy="give it more --minutes, or name a model")
    best = next((each for each in fitted if each.ms <= bounds.ms), fitted[-1])
    rest = [each for each in tried if each.recall is None]
    seconds = round(time.monotonic() - started, 3)
    return Choice(model=best.model, why=_why(best, fitted, bounds), facts=facts, tried=fitted + rest, seconds=seconds)


def facts_of(ground: Ground) -> Facts:
    """What the past of the trials is like."""
    past = ground.early.past
    acts = past.where((past.item >= 0) & (past.shopper >= 0))
    bought = acts.where(acts.kind == KIND_CODE["purchase"])
    pairs = np.unique((bought.shopper.astype(np.int64) << 32) | bought.item.astype(np.int64))
    counts = np.bincount(acts.shopper) if len(acts) else np.zeros(1, dtype=np.int64)
    return Facts(
        shoppers=int(np.count_nonzero(counts)),
        items=len(np.unique(acts.item)),
        events=len(acts),
        acts=float(np.median(counts[counts > 0])) if counts.any() else 0.0,
        repeats=1.0 - len(pairs) / len(bought) if len(bought) else 0.0,
    )


def options_for(facts: Facts, minutes: float) -> list[Option]:
    """The models that are worth a trial, cheap ones first; nets only where each gets a minute."""
    found = [Option("item_knn", "the first thing to try on any log")]
    if facts.repeats >= REPEATS:
        found.append(Option("own_decayed", f"{facts.repeats:.0%} of the purchases are repeats"))
    if facts.items <= WHOLE:
        found.append(Option("ease", f"{facts.items:,} items are few enough for a matrix of all pairs"))
    else:
        found.append(Option("ease_sparse", f"{facts.items:,} items: a small system for each of them"))
    if facts.acts <= SHORT:
        found.append(Option("session_knn", f"histories are short: {facts.acts:.0f} acts"))
    if facts.acts >= LONG:
        found.append(Option("als", f"histories are long: {facts.acts:.0f} acts"))
    nets = _nets(facts)
    room = max(0, int(minutes / NET_MINUTES) - 1)
    return [each for each in [*found, *nets[:room]] if each.model in registry.names("models")]


def _nets(facts: Facts) -> list[Option]:
    """Nets, the likeliest first."""
    again = Option("sequence", f"{facts.repeats:.0%} of the purchases are repeats: it learns when they are due")
    order = Option("sasrec", "what comes next follows from the order of acts")
    session = Option("gru4rec", f"histories are short: {facts.acts:.0f} acts")
    slow = Option("bsarec", "habits and turns, told apart")
    if facts.repeats >= REPEATS:
        return [again, order]
    return [session, order] if facts.acts <= SHORT else [order, slow]


def _trials(ground: Ground, options: list[Option], bounds: Bounds, started: float, watch: Watch) -> list[Tried]:
    """One after the other; what is left of the time is shared by those that are left."""
    tried = []
    for place, option in enumerate(options):
        left = bounds.minutes - (time.monotonic() - started) / 60
        if left <= 0:
            tried.append(Tried(model=option.model, why="there was no time left", recall=None, seconds=0.0, ms=0.0))
            continue
        nets = sum(each.model in NETS for each in options[place:])
        tried.append(_trial(ground, option, left / max(nets, 1), bounds, watch))
        watch(f"trial of {option.model}", 1.0, recall=tried[-1].recall or 0.0)
    return tried


def _trial(ground: Ground, option: Option, minutes: float, bounds: Bounds, watch: Watch) -> Tried:
    recipe = budgeted(Recipe(model=option.model, settings={}, seed=bounds.seed), minutes, bounds.threads)
    try:
        model = learnt(ground, recipe, ground.early, part_of(watch, f"trial of {option.model}"), validated=True)
    except (NotEnoughData, TooLarge, ModuleNotFoundError) as error:
        return Tried(model=option.model, why=str(error), recall=None, seconds=0.0, ms=0.0)
    values = recalls(asked(option.model, ground, ground.early, model), ground.early.truth, K)
    ms = answer_ms(ground, ground.early, model)
    recall, seconds = float(np.nanmean(values)), round(model.seconds, 3)
    return Tried(model=option.model, why=option.why, recall=recall, seconds=seconds, ms=round(ms, 3))


def _why(best: Tried, fitted: list[Tried], bounds: Bounds) -> str:
    """The choice in words, with the figures behind it."""
    said = f"{best.model}: {best.why}; recall at {K} {best.recall:.4f} in its trial, an answer in {best.ms:.2f} ms"
    slower = [each.model for each in fitted if (each.recall or 0) > (best.recall or 0)]
    if slower:
        return f"{said}; better but slower than {bounds.ms:g} ms: {', '.join(slower)}"
    others = [each for each in fitted if each is not best]
    return f"{said}, against {others[0].recall:.4f} of {others[0].model}" if others else said
