"""A shop's files as a data set: read through once before anything is stored, then item by item and event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

import msgspec
import numpy as np
import polars as pl

from lingxi.domain.change import Tally
from lingxi.domain.errors import Invalid
from lingxi.domain.item import Item
from lingxi.domain.user import User
from lingxi.ingest.accept import CONFLICT, hold
from lingxi.ingest.around.surroundings import Surroundings
from lingxi.ingest.columns import expected, judge, keys
from lingxi.ingest.files.derived import Derived
from lingxi.ingest.files.frames import DAY_MICROS, Frames, frame
from lingxi.ingest.files.links import LINKS, Links
from lingxi.ingest.files.look import File
from lingxi.ingest.files.mapping import Sort, check
from lingxi.ingest.files.records import Record, records
from lingxi.ingest.files.repeats import Repeats
from lingxi.ingest.files.tables._table import Part
from lingxi.ports.quarantine import Held

Progress = Callable[[str, float], object]


@dataclass(slots=True)
class Survey:
    """What the first reading found: lines by sort, the first and last time, where the events would end and by which
    rule, and how many of the refunds have a purchase."""

    counts: dict[Sort, int] = field(default_factory=lambda: {"events": 0, "items": 0, "users": 0})
    first: int | None = None
    last: int | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    refunds: int = 0
    linked: int = 0

    def add(self, tally: Tally) -> None:
        """Adds where some events would end."""
        for mine, theirs in ((self.statuses, tally.statuses), (self.rules, tally.rules)):
            for name, count in theirs.items():
                if count:
                    mine[name] = mine.get(name, 0) + count


class Files:
    """See `datasets._dataset.Dataset`. `look_through` comes first; `link` before the events. `left` says what of the
    files is left out.

    An item or user that a line cannot make is given as `Held` in its place.
    """

    def __init__(self, files: Sequence[File], now: int, left: Sequence[str] = ()) -> None:
        self.files, self._now, self.left = list(files), now, list(left)
        names = sorted({each.source.file for each in files})
        self.name = f"files:{names[0]}" if len(names) == 1 else f"files:{names[0]}+{len(names) - 1}"
        self.about = f"The shop's own files: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}."
        self.about_zh = f"店铺自己的文件：{'、'.join(names[:5])}{'……' if len(names) > 5 else ''}。"
        self.survey = Survey()
        self._numbers = {name: number for number, name in enumerate(sorted({each.source.name for each in files}))}
        self._links = pl.DataFrame(schema=LINKS)
        self._linked = Links()
        self._derived = Derived()
        self._candidates = np.zeros(0, np.uint64)

    @property
    def movable(self) -> bool:
        """Whether another process can take it over: a published set's own functions stay where they are."""
        return all(each.change is None for each in self.files)

    def of_events(self) -> Self:
        """A copy that knows what the events need, and no more."""
        slim = copy(self)
        slim._derived = Derived()
        return slim

    def take(self, other: Files) -> None:
        """Takes over what another one of the same files has learnt."""
        self.survey, self._candidates = other.survey, other._candidates
        self._linked, self._derived = other._linked, other._derived

    def look_through(self, watch: Progress) -> Survey:
        """The first reading, of everything; nothing is stored.

        Raises:
            Malformed: a file is torn, so nothing of it is taken.
            Invalid: a mapping lacks what is needed, or not one event, item or user could be read.
        """
        for file in self.files:
            check(file.table, file.source.name)
        repeats, around = Repeats(sum(each.source.size for each in self.files)), Surroundings()
        for file, part in self._parts(None, "looking", watch):
            self.survey.counts[file.table.sort] += len(part.rows) + len(part.faults)
            if file.table.sort == "events":
                self._learn(file, part, repeats, around)
        self._candidates = repeats.candidates()
        self._derived.settle()
        counts = self.survey.counts
        if not any(counts.values()) or (counts["events"] and self.survey.first is None):
            rules = ", ".join(f"{rule} {count:,}" for rule, count in self.survey.rules.items())
            what = f"not one of {sum(counts.values()):,} lines can be taken{f' ({rules})' if rules else ''}"
            raise Invalid(
                what, where=self.files[0].source.name, remedy="look at the mapping: is each column what it says?"
            )
        self.survey.refunds = self._linked.refunds
        return self.survey

    def _learn(self, file: File, part: Part, repeats: Repeats, around: Surroundings) -> None:
        cleaned = judge(frame(file, part), self._now, around)
        self.survey.add(expected(cleaned))
        good = cleaned.filter(pl.col("held").is_null())
        if good.is_empty():
            return
        repeats.learn(keys(good), self._numbers[file.source.name])
        self._linked.learn(good)
        self._derived.learn(part, file.table, good)
        first, last = int(good["at"].min()), int(good["at"].max())  # type: ignore[arg-type]
        self.survey.first = first if self.survey.first is None else min(first, self.survey.first)
        self.survey.last = last if self.survey.last is None else max(last, self.survey.last)

    def find_links(self, shift_days: int, watch: Progress) -> pl.DataFrame:
        """The second reading, only where there are refunds: their purchases (columns LINKS), for times moved by so many
        days."""
        shift = shift_days * DAY_MICROS
        if not self.survey.refunds:
            return pl.DataFrame(schema=LINKS)
        counter = self.frames(shift_days).counter()
        for file, part in self._parts("events", "refunds", watch):
            moved = frame(file, part).with_columns(pl.col("at") + shift)
            good = judge(moved, self._now + shift).filter(pl.col("held").is_null())
            self._linked.collect(good, self._numbers[file.source.name], counter)
        return self._linked.links()

    def link(self, links: pl.DataFrame) -> None:
        """Takes the links that were found, for the events to come: items and users are past."""
        self._links, self._linked, self._derived = links, Links(), Derived()
        self.survey.linked = len(links)

    def frames(self, shift_days: int) -> Frames:
        """The events, in order of the files, with times moved by so many days."""
        files = [each for each in self.files if each.table.sort == "events"]
        return Frames(files, self._numbers, self._links, self._candidates, shift_days)

    def sizes(self) -> dict[str, int]:
        """See `Dataset.sizes`."""
        counts, derived = self.survey.counts, self._derived
        return {
            "items": counts["items"] + derived.items,
            "users": counts["users"] + derived.users,
            "events": counts["events"],
        }

    def span(self) -> tuple[int, int]:
        """See `Dataset.span`; of files without events, now."""
        first, last = self.survey.first, self.survey.last
        return (self._now, self._now) if first is None or last is None else (first, last)

    def items(self) -> Iterator[Item | Held]:
        """Every item of the files, then those that only events tell of."""
        yield from self._records("items", self._derived.all_items())  # type: ignore[misc]

    def bare_items(self) -> Iterator[Item]:
        """The items that are nothing but an id, where no line of the files tells more of any: for a shop that knows no
        item either, since what is not in its catalog is not recommended."""
        return iter(()) if self.survey.counts["items"] or self._derived.items else self._derived.bare_items()

    def users(self) -> Iterator[User | Held]:
        """The same of users."""
        yield from self._records("users", self._derived.all_users())  # type: ignore[misc]

    def _records(self, sort: Sort, derived: Iterator[Record]) -> Iterator[Record | Held]:
        """The records of one sort; an id that comes again with other content is a conflict."""
        there: dict[str, bytes] = {}
        for file, part in self._parts(sort, sort, None):
            for line, record in records(part, file.table, file.source.name, self._now):
                if isinstance(record, Held):
                    yield record
                    continue
                digest = blake2b(msgspec.json.encode(record), digest_size=8).digest()
                if there.setdefault(record.id, digest) == digest:
                    yield record
                else:
                    reason = f"{file.source.name}, line {line}: id: '{record.id}' stands on an earlier line with other "
                    reason += "content; an id column must not repeat"
                    yield hold(record, CONFLICT, reason, self._now, "item" if sort == "items" else "user")
        yield from (each for each in derived if each.id not in there)

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        """See `Dataset.events`."""
        yield from self.frames(0).events(rows)

    def _parts(self, sort: Sort | None, stage: str, watch: Progress | None) -> Iterator[tuple[File, Part]]:
        """The parts of every file of a sort, or of all."""
        wanted = [each for each in self.files if sort is None or each.table.sort == sort]
        total, before = sum(each.source.size for each in wanted) or 1, 0
        for file in wanted:
            size = file.source.size
            for part in file.parts():
                yield file, part
                if watch is not None:
                    watch(stage, min(1.0, (before + part.done * size) / total))
            before += size
