"""Which model to train: what the data are like says which are worth a trial, and the trials decide.

All of it has its place in the time that is given: a trial that takes longer than its share is given up, and what could
not be trained in what is left is not chosen. Trials are judged on days that neither the training's own judgement nor
its gate looks at, so that a choice is no peek.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from msgspec import Struct

from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import NotEnoughData, Refused, TooLarge
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods
from lingxi.ports.model import Watch
from lingxi.ports.recipe import reads_text
from lingxi.spans import span
from lingxi.train.evaluate import recalls
from lingxi.train.fit import settled
from lingxi.workflows._ordering import RANKING
from lingxi.workflows._rest import rest_of
from lingxi.workflows._training import FITS
from lingxi.workflows.deadline import Deadline, OutOfTime
from lingxi.workflows.trials import Ground, answer_ms, asked, budgeted, ground_of, learnt, part_of
from lingxi.workflows.workroom import clear, workroom
from lingxi.workflows.workshop import Workshop

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
FITTING: Final = 0.8
"""Of a trial's time, what a net's fit may take; the rest goes to its export and its answers."""
WHOLE: Final = 20_000
"""Up to so many items a matrix of all pairs is a small thing."""
RARE: Final = 0.2
"""Above this share of what is wanted that hardly anybody had before, a model must tell items by what they are."""
HARDLY: Final = 5
"""Acts: an item that was met less often has taught a net little."""
MOST: Final = 0.5
"""Of the items must have something for it to tell them apart."""
K: Final = 10


class Facts(Struct, frozen=True, kw_only=True):
    """What decides which models are worth a trial: how many there are of each, `acts` a shopper (the median), the share
    of purchases that are `repeats`; which `contents` tell most items apart, and which share of what is wanted is
    `rare`: met before, but hardly ever."""

    shoppers: int
    items: int
    events: int
    acts: float
    repeats: float
    contents: tuple[str, ...] = ()
    rare: float = 0.0


class Option(Struct, frozen=True):
    """A model that is worth a trial with these `settings`, and why."""

    model: str
    why: str
    settings: dict[str, Any] = {}


class Tried(Struct, frozen=True, kw_only=True):
    """What a trial gave: recall at 10 (None where it could not be fitted: `why` says it), the fit's `seconds`, the
    median `ms` of an answer, the `settings` it had and found."""

    model: str
    why: str
    recall: float | None
    seconds: float
    ms: float
    settings: dict[str, Any] = {}


class Choice(Struct, frozen=True, kw_only=True):
    """The model, in words why, and what it was chosen from: best first. `settings` are to be trained with; `settled`:
    its trial found all there is to find. The training may take `minutes`."""

    model: str
    settings: dict[str, Any]
    settled: bool
    minutes: float
    why: str
    facts: Facts
    tried: list[Tried]
    seconds: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """The `deadline` of the whole training, of which trials take a share, and the most `ms` an answer may."""

    deadline: Deadline
    ms: float
    threads: int
    holdout_days: float
    seed: int


def choose(shop: Workshop, bounds: Bounds, watch: Watch) -> Choice:
    """Tries what the data speak for, and takes the best that answers in time and can be trained in time.

    Raises:
        NotEnoughData: the log holds too little; the remedy says what is missing.
        OutOfTime: nothing could be tried, or trained, in the time.
        Refused: another choice is at work on this shop.
    """
    with workroom(shop.folder, "choose") as room:
        clear(room)
        watch = bounds.deadline.kept(watch)
        text = reads_text(Recipe(model=name, settings={}) for name in NETS)
        ground = ground_of(shop, room, bounds.holdout_days, bounds.threads, watch, text=text)
        facts = facts_of(ground)
        rest = rest_of(ground, shop, bounds.deadline)
        share = Deadline(bounds.deadline.left() * SHARE)
        tried = _trials(ground, options_for(facts, share.seconds / 60), bounds, share, watch)
    return _chosen(facts, tried, bounds, rest)


def _chosen(facts: Facts, tried: list[Tried], bounds: Bounds, rest: float) -> Choice:
    """The best of what was tried that fits both bounds: `rest` is what a training takes beside its fits, in seconds."""
    fitted = sorted((each for each in tried if each.recall is not None), key=lambda each: -(each.recall or 0.0))
    left = bounds.deadline.left() * (1.0 - RANKING) - rest
    timely = [each for each in fitted if each.model in NETS or FITS * each.seconds <= left]
    if not timely or left <= 0:
        what = f"no model can be tried and trained within {bounds.deadline.seconds / 60:.3g} minutes"
        raise OutOfTime(what, where="--model auto", remedy="give it more --minutes, or name a model that costs less")
    best = next((each for each in timely if each.ms <= bounds.ms), min(timely, key=lambda each: each.ms))
    unfitted = [each for each in tried if each.recall is None]
    return Choice(
        model=best.model,
        settings=best.settings,
        settled=best.model not in NETS,
        minutes=left / 60,
        why=_why(best, fitted, timely, bounds),
        facts=facts,
        tried=fitted + unfitted,
        seconds=round(bounds.deadline.spent(), 3),
    )


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
        contents=_contents(ground.goods),
        rare=_rare(ground),
    )


def _contents(goods: Goods) -> tuple[str, ...]:
    """What most items have, and not all alike."""
    told = {
        "category": goods.category,
        "brand": goods.brand,
        "price": np.where(np.isfinite(goods.price), goods.price, -1.0),
        "words": np.unique(goods.titles, return_inverse=True)[1] - (min(goods.titles, default=" ") == ""),
    }
    return tuple(name for name, each in told.items() if (each >= 0).mean() > MOST and len(np.unique(each)) > 1)


def _rare(ground: Ground) -> float:
    """The share of what was wanted in the days of the trials that was met before, but hardly ever."""
    past, wanted = ground.early.past.item, np.concatenate([np.zeros(0, np.int32), *ground.early.truth.items])
    met = np.bincount(past[past >= 0], minlength=int(wanted.max(initial=0)) + 1)[wanted]
    return float(((met > 0) & (met < HARDLY)).mean()) if len(wanted) else 0.0


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
    """Nets, the likeliest first, told of items what there is to tell."""
    told: dict[str, Any] = {"content": list(facts.contents)} if facts.contents else {}
    again = Option("sequence", f"{facts.repeats:.0%} of the purchases are repeats: it learns when they are due", told)
    order = Option("sasrec", "what comes next follows from the order of acts", told)
    session = Option("gru4rec", f"histories are short: {facts.acts:.0f} acts", told)
    slow = Option("bsarec", "habits and turns, told apart", told)
    if facts.contents and facts.rare >= RARE:
        # A vector that is an item's own has hardly moved from where it began.
        known = f"{facts.rare:.0%} of what is wanted was hardly met: it is told items by {', '.join(facts.contents)}"
        return [Option("two_tower", known, told), again if facts.repeats >= REPEATS else order]
    if facts.repeats >= REPEATS:
        return [again, order]
    return [session, order] if facts.acts <= SHORT else [order, slow]


def _trials(ground: Ground, options: list[Option], bounds: Bounds, share: Deadline, watch: Watch) -> list[Tried]:
    """One after the other; what is left of the time is shared by those that are left."""
    tried = []
    for place, option in enumerate(options):
        if share.left() <= 0:
            tried.append(Tried(model=option.model, why="there was no time left", recall=None, seconds=0.0, ms=0.0))
            continue
        own = share.within(share.left() / (len(options) - place))
        tried.append(_trial(ground, option, own, bounds, watch))
        watch(f"trial of {option.model}", 1.0, recall=tried[-1].recall or 0.0)
    return tried


def _trial(ground: Ground, option: Option, own: Deadline, bounds: Bounds, watch: Watch) -> Tried:
    """One fit within its `own` time, and what it answers."""
    recipe = Recipe(model=option.model, settings=option.settings, seed=bounds.seed)
    recipe = budgeted(recipe, own.left() / 60 * FITTING, bounds.threads)
    stage = f"trial of {option.model}"
    try:
        with span(stage):
            model = learnt(ground, recipe, ground.early, own.kept(part_of(watch, stage)), validated=True)
            own.kept(watch)(stage, 0.9)
            values = recalls(asked(option.model, ground, ground.early, model), ground.early.truth, K)
    except OutOfTime:
        # The deadline of all was passed where this asks once more.
        watch(stage, 0.99)
        why = f"it was given up after {own.seconds:.0f} s, its share of the time"
        return Tried(model=option.model, why=why, recall=None, seconds=own.seconds, ms=0.0)
    except (NotEnoughData, Refused, TooLarge, ModuleNotFoundError) as error:
        return Tried(model=option.model, why=str(error), recall=None, seconds=0.0, ms=0.0)
    return Tried(
        model=option.model,
        why=option.why,
        recall=float(np.nanmean(values)),
        seconds=round(model.seconds, 3),
        ms=round(answer_ms(ground, ground.early, model), 3),
        settings=option.settings if option.model in NETS else settled(recipe, model.found).settings,
    )


def _why(best: Tried, fitted: list[Tried], timely: list[Tried], bounds: Bounds) -> str:
    """The choice in words, with the figures behind it."""
    said = f"{best.model}: {best.why}; recall at {K} {best.recall:.4f} in its trial, an answer in {best.ms:.2f} ms"
    better = [each for each in fitted if (each.recall or 0) > (best.recall or 0)]
    slower = [each.model for each in better if each in timely]
    longer = [each.model for each in better if each not in timely]
    if slower:
        said += f"; better but slower than {bounds.ms:g} ms: {', '.join(slower)}"
    if longer:
        said += f"; better but not to be trained in the time that is left: {', '.join(longer)}"
    others = [each for each in fitted if each is not best]
    return f"{said}, against {others[0].recall:.4f} of {others[0].model}" if others and not better else said
