"""Several models as one: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009) whose weights validation learns.

Members are reached by name; each is fitted to the same past. What a place and a score of each are worth is learnt on
what the validated shoppers wanted, as the likelihood of the right item among all that any member proposes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct, field

from lingxi import registry
from lingxi.domain.bundle import Component, Recipe
from lingxi.domain.errors import Invalid, NotEnoughData
from lingxi.domain.history import IMPRESSION, Goods, History, Interactions
from lingxi.models._choice import Exam
from lingxi.models._past import check_enough, wanted
from lingxi.ports.model import Estimating, Model, Need, ReadingText, Watch
from lingxi.ports.recipe import build as built
from lingxi.runtimes.fusion import DEPTH, PARTS, parts

Doubles = npt.NDArray[np.float64]
QUESTIONS: Final = 3000
"""Shoppers that the weights are learnt from, at most."""
APART: Final = 5
"""One shopper in so many is asked, at most, where members hold histories: theirs are not held meanwhile."""
STEADY: Final = 0.01
"""How strongly the weights are held together."""
ALIKE: Final = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
DEFAULT: Final[dict[str, dict[str, Any]]] = {
    "own_decayed": {},
    "item_knn": {},
    "ease_sparse": {},
    "session_knn": {},
    "als": {},
}


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`members`: settings by model; to have one twice, name the second with a dash: `als`, `als-short`. `weights`: what
    the place of each member, what it leads by and its score are worth, in their order, for items that are new to the
    shopper and then for those that they had; None: every place alike, the rest nothing (validation learns them).
    `again`: what it is worth to have had an item. `minutes` are shared by the members that have such a setting,
    `threads` goes to each that has it."""

    members: Annotated[dict[str, dict[str, Any]], Meta(min_length=1)] = field(default_factory=DEFAULT.copy)
    weights: list[Annotated[list[float], Meta(min_length=2 * PARTS, max_length=2 * PARTS)]] | None = None
    again: float = 0.0
    minutes: Annotated[float, Meta(gt=0)] = 5.0
    threads: Annotated[int, Meta(ge=1)] = 2


class Fusion:
    """Fits its members, then what they are worth."""

    def __init__(self, config: Config, seed: int) -> None:
        if any(_model(name) == "fusion" for name in config.members):
            raise Invalid("a fusion cannot be a member of itself", where="train.settings", remedy="leave it out")
        if config.weights is not None and len(config.weights) != len(config.members):
            told = f"{len(config.weights)} weights for {len(config.members)} members"
            raise Invalid(told, where="train.settings", remedy="give six numbers a member, or leave them out")
        self.config, self.seed = config, seed
        self.settings = _budgeted(config)
        self.members = self._built()
        self.weights = np.array(config.weights or [ALIKE] * len(config.members)).reshape(-1, 2 * PARTS)
        self.again = config.again

    @property
    def reads_text(self) -> bool:
        """See `ports.model.ReadingText`."""
        return any(isinstance(each, ReadingText) and each.reads_text for each in self.members.values())

    def need(self, past: Interactions, goods: Goods) -> Need:
        """What all members need together: what they learnt stays while the next one learns."""
        needs = [each.need(past, goods) for each in self.members.values() if isinstance(each, Estimating)]
        largest = max(needs, key=lambda each: each.bytes, default=Need(0, ""))
        return Need(sum(each.bytes for each in needs), f"fewer members, or {largest.remedy}")

    def fit(
        self, past: Interactions, goods: Goods, until: int, validation: Interactions | None, watch: Watch
    ) -> dict[str, Any]:
        """Fits every member to the past; with `validation` the members' settings and the weights are found. A member
        that has too little to learn from is left out: `members` among what is found says who stayed.

        Raises:
            NotEnoughData: all members have too little.
        """
        check_enough(wanted(past), goods, events=10, items=2, shoppers=2)
        found: dict[str, dict[str, Any]] = {}
        for place, (name, model) in enumerate(list(self.members.items())):
            try:
                told = model.fit(past, goods, until, validation, _part(watch, place, len(self.settings)))
            except NotEnoughData:
                if len(self.members) == 1:
                    raise
                self._leave_out(name)
                continue
            known = _settings(name)
            kept = {key: value for key, value in told.items() if key in known}
            found[name] = {**self.settings[name], **kept}
        if validation is None:
            return {}
        self.weights, self.again = self._stacked(past, goods, until, validation, found)
        return {"members": found, "weights": self.weights.tolist(), "again": self.again}

    def export(self, folder: Path, name: str) -> Component:
        """Writes a component of the runtime `fusion`, with those of its members within."""
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        members = [model.export(home, each) for each, model in self.members.items()]
        settings = {"members": msgspec.to_builtins(members), "weights": self.weights.tolist(), "again": self.again}
        held = any(each.holds_histories for each in members)
        return Component(name=name, runtime="fusion", folder=name, settings=settings, holds_histories=held)

    def _leave_out(self, name: str) -> None:
        self.weights = np.delete(self.weights, list(self.members).index(name), axis=0)
        del self.members[name]

    def _built(self) -> dict[str, Model]:
        told = self.settings.items()
        return {name: built(Recipe(model=_model(name), settings=own, seed=self.seed)) for name, own in told}

    def _stacked(
        self,
        past: Interactions,
        goods: Goods,
        until: int,
        validation: Interactions,
        found: dict[str, dict[str, Any]],
    ) -> tuple[Doubles, float]:
        """The weights [members, 2 · PARTS], and what having had it is worth, that make the right items likeliest;
        `found` are the members' settings."""
        ids = {name: number for number, name in enumerate(goods.ids)}
        with tempfile.TemporaryDirectory() as folder:
            component = self.export(Path(folder), "fusion")
            holding = [each["name"] for each in component.settings["members"] if each["holds_histories"]]
            most = min(QUESTIONS, max(1, len(np.unique(past.shopper)) // APART)) if holding else QUESTIONS
            exam = Exam(past, validation, np.arange(len(goods)), until, most)
            others = past.where(~np.isin(past.shopper, exam.shoppers)) if holding else past
            for name in holding:
                # It would find each question's own history, and whoever is asked later is not among what it holds.
                apart = built(Recipe(model=_model(name), settings=found[name], seed=self.seed))
                apart.fit(others, goods, until, None, _silent)
                apart.export(Path(folder) / "fusion", name)
            runtime = registry.load("runtimes", "fusion", "load")(Path(folder), component, ids)
            asked = _histories(exam, past)
            rows = [_question(runtime.members, history, until, right, exam.masked) for history, right in asked]
        weights = learn(rows, np.append(self.weights, self.again))
        return weights[:-1].reshape(-1, 2 * PARTS), float(weights[-1])


def learn(questions: list[tuple[Doubles, npt.NDArray[np.bool_]]], begin: Doubles) -> Doubles:
    """The weights, none below 0 but the last, that maximise the mean log share of the right candidates, from questions
    of (float64[candidates, weights], bool[candidates]); `begin` where no question has a right one."""
    from scipy.optimize import minimize  # in the train extra only

    asked = [(rows, right) for rows, right in questions if right.any()]
    if not asked:
        return begin
    rows = np.concatenate([each for each, _ in asked])
    right = np.concatenate([each / each.sum() for _, each in asked])
    first = np.append(0, np.cumsum([len(each) for each, _ in asked]))[:-1]
    sizes = np.diff(np.append(first, len(rows)))

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        logits = rows @ weights
        logits -= np.repeat(np.maximum.reduceat(logits, first), sizes)
        shares = np.exp(logits)
        sums = np.add.reduceat(shares, first)
        shares /= np.repeat(sums, sizes)
        value = -(right @ logits) + np.log(sums).sum()
        slope = rows.T @ (shares - right)
        return value / len(asked) + STEADY * weights @ weights, slope / len(asked) + 2 * STEADY * weights

    size = rows.shape[1]
    start = np.append(np.ones(size - 1), 0.0)
    bounds = [*[(0, None)] * (size - 1), (None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x)


def _question(
    members: list[Any], history: History, until: int, right: npt.NDArray[np.int32], masked: bool
) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """The candidates of one history: what each member says of each, and which are right."""
    lists = [member.propose(history, until, DEPTH) for member in members]
    items = np.unique(np.concatenate([each for each, _ in lists]))
    had = np.isin(items, history.item)
    rows = np.zeros((len(items), 2 * PARTS * len(lists) + 1))
    for number, (proposed, scores) in enumerate(lists):
        place = np.searchsorted(items, proposed)
        first = (2 * number + had[place]) * PARTS
        rows[place[:, None], first[:, None] + np.arange(PARTS)] = parts(scores)
    rows[:, -1] = had
    free = ~had if masked else np.ones(len(items), dtype=np.bool_)
    return rows[free], np.isin(items[free], right)


def _histories(exam: Exam, past: Interactions) -> Iterator[tuple[History, npt.NDArray[np.int32]]]:
    """History, all of it, and right items of each question."""
    acts = past.where(np.isin(past.shopper, exam.shoppers) & (past.kind != IMPRESSION))
    acts = acts.where(np.lexsort((acts.tie, acts.at, acts.shopper)))
    whole, start = acts.history(), np.append(np.searchsorted(acts.shopper, exam.shoppers), len(acts))
    for question, shopper in enumerate(exam.shoppers.tolist()):
        right = exam.answer[exam.first[question] : exam.first[question + 1]]
        history = whole.part(slice(int(start[question]), int(start[question + 1])))
        yield replace(history, traits=past.people.of(shopper)), right


def _budgeted(config: Config) -> dict[str, dict[str, Any]]:
    """The members' settings with their share of the minutes and threads."""
    known = {name: _settings(name) for name in config.members}
    timed = max(1, sum("minutes" in fields for fields in known.values()))
    budget = {"minutes": config.minutes / timed, "threads": config.threads}
    return {
        name: {**{key: value for key, value in budget.items() if key in known[name]}, **own}
        for name, own in config.members.items()
    }


def _model(member: str) -> str:
    return member.partition("-")[0]


def _settings(member: str) -> tuple[str, ...]:
    """What the member's model can be told."""
    fields: tuple[str, ...] = registry.load("models", _model(member), "Config").__struct_fields__
    return fields


def _part(watch: Watch, place: int, parts: int) -> Watch:
    """A watch for one of several fits."""

    def told(stage: str, done: float, **figures: float) -> None:
        watch(f"fusion: {stage}", (place + done) / parts, **figures)

    return told


def _silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches what takes a moment."""


def build(config: Config, seed: int) -> Fusion:
    """An unfitted model."""
    return Fusion(config, seed)
