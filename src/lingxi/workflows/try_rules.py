"""What merchant rules would change: recent requests, asked again with the rules in force and with others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import msgspec
from msgspec import Struct

from lingxi.domain.errors import LingxiError
from lingxi.domain.merchandising import PLACES, RuleSet, Unmet
from lingxi.domain.slate import Query, Slate
from lingxi.ports.slates import SlateRow
from lingxi.recommend.memory import Memory
from lingxi.recommend.merchandising.check import Checked
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene

EXAMPLES: Final = 2
"""Of each surface."""
NAMED: Final = 20
"""Items of each kind of change that are named."""


class Move(Struct, frozen=True):
    """What becomes of an item: in how many slates, and by how many places on the average."""

    item: str
    slates: int
    places: float = 0.0


class Example(Struct, frozen=True, kw_only=True):
    """One slate before and after, as ids in order."""

    request: str
    surface: str
    user: str | None
    session: str | None
    before: list[str]
    after: list[str]
    labels: dict[str, str]
    unmet: tuple[Unmet, ...]


class Trial(Struct, frozen=True, kw_only=True):
    """What a dry run found. `asked` slates were made, `skipped` could not be asked again; `rules` counts the slates in
    which each rule did something, `unmet` those in which it could not be kept."""

    asked: int
    skipped: int
    changed: int
    rises: list[Move]
    falls: list[Move]
    appears: list[Move]
    vanishes: list[Move]
    rules: dict[str, int]
    unmet: dict[str, int]
    examples: list[Example]
    checked: Checked


class Trying:
    """A dry run of `rules`, one request at a time. `scene` gives the shop as it is; nothing of it is changed.

    Before and after each have a memory of their own: the shop's knows which slates a shopper has just been answered
    with, so that what moves down for that would look like the rules' doing.
    """

    def __init__(self, rules: RuleSet, scene: Callable[[], Scene]) -> None:
        self._rules, self._scene = rules, scene
        self._before, self._after = Memory(), Memory()
        self._asked = self._skipped = self._changed = 0
        self._moves: dict[str, list[int]] = defaultdict(list)
        self._appears: Counter[str] = Counter()
        self._vanishes: Counter[str] = Counter()
        self._did: Counter[str] = Counter({rule.id: 0 for rule in rules.rules})
        self._unmet: Counter[str] = Counter()
        self._examples: list[Example] = []

    def ask(self, row: SlateRow) -> None:
        """Asks one request again, before and after."""
        scene, query = self._scene(), query_of(row)
        try:
            before, _ = recommend(query, replace(scene, memory=self._before))
            after, trace = recommend(query, replace(scene, rules=self._rules, memory=self._after))
        except LingxiError:
            self._skipped += 1
            return
        self._asked += 1
        self._did.update({each.rule for each in trace.record().rules})
        self._unmet.update({each.rule for each in after.unmet})
        self._compare(row, before, after)

    def _compare(self, row: SlateRow, before: Slate, after: Slate) -> None:
        old, new = [pick.item for pick in before.picks], [pick.item for pick in after.picks]
        labels = {pick.item: pick.label for pick in after.picks if pick.label}
        if old == new and labels == {pick.item: pick.label for pick in before.picks if pick.label}:
            return
        self._changed += 1
        stood, stands = ({item: place for place, item in enumerate(items)} for items in (old, new))
        for item in stood.keys() & stands.keys():
            if stood[item] != stands[item]:
                self._moves[item].append(stood[item] - stands[item])
        self._appears.update(stands.keys() - stood.keys())
        self._vanishes.update(stood.keys() - stands.keys())
        if sum(each.surface == row.slate.surface for each in self._examples) < EXAMPLES:
            who = {"user": row.user, "session": row.session}
            request, surface = row.slate.request, row.slate.surface
            self._examples.append(
                Example(
                    request=request, surface=surface, **who, before=old, after=new, labels=labels, unmet=after.unmet
                )
            )

    def found(self, checked: Checked) -> Trial:
        """What it found so far; `checked` is what was said of the rules before."""
        return Trial(
            asked=self._asked,
            skipped=self._skipped,
            changed=self._changed,
            rises=self._moved(1),
            falls=self._moved(-1),
            appears=_most(Move(item, count) for item, count in self._appears.items()),
            vanishes=_most(Move(item, count) for item, count in self._vanishes.items()),
            rules=dict(self._did),
            unmet=dict(self._unmet),
            examples=self._examples,
            checked=checked,
        )

    def _moved(self, sign: int) -> list[Move]:
        """Items that go up (1) or down (−1)."""
        found = {item: [by for by in moves if by * sign > 0] for item, moves in self._moves.items()}
        return _most(Move(item, len(by), round(abs(sum(by)) / len(by), 1)) for item, by in found.items() if by)


def query_of(row: SlateRow) -> Query:
    """What was asked; of a slate that an older version kept what can be told from it."""
    if row.query is not None:
        return msgspec.structs.replace(row.query, surface=row.slate.surface, explain=False)
    n = min(max(len(row.slate.picks), 1), PLACES)
    return Query(surface=row.slate.surface, user=row.user, session=row.session, n=n)


def _most(moves: Iterable[Move]) -> list[Move]:
    return sorted(moves, key=lambda each: (-each.slates, -each.places, each.item))[:NAMED]
