"""Looks at files before anything of them is read in: what each is, by a mapping or by a guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from lingxi.datasets._public import Beside, Change
from lingxi.domain.errors import Invalid, LingxiError, Refused, Unknown
from lingxi.ingest.files import words
from lingxi.ingest.files._limits import SAMPLE_ROWS
from lingxi.ingest.files.guess import Guess, guess, samples
from lingxi.ingest.files.mapping import Form, Mapping, Table, Times, check
from lingxi.ingest.files.open import Source, sources
from lingxi.ingest.files.profile import settle
from lingxi.ingest.files.tables._choose import looks, named
from lingxi.ingest.files.tables._table import Look, Part


@dataclass(frozen=True, slots=True)
class File:
    """One file to be read: how it is written, and what its columns are. Files of one table may be written in several
    ways."""

    source: Source
    form: Form
    table: Table
    change: Change | None = None
    beside: Beside | None = None

    def parts(self) -> Iterator[Part]:
        """Its rows, as a data set's `change` makes them where there is one."""
        parts = named(self.form.format).parts(self.source, self.form)
        return parts if self.change is None or self.beside is None else _changed(parts, self.change, self.beside)


def _changed(parts: Iterator[Part], change: Change, beside: Beside) -> Iterator[Part]:
    """The parts with their rows changed; the lines that cannot be read stay what they are."""
    read: list[Part] = []

    def rows() -> Iterator[pl.DataFrame]:
        for part in parts:
            read.append(part)
            yield part.rows

    for frame in change(rows(), beside):
        faults = [fault for part in read for fault in part.faults]
        done = read[-1].done if read else 1.0
        read.clear()
        yield Part(frame, faults, done)


def samples_of(file: File) -> dict[str, list[str]]:
    """A few values of each column of a file."""
    part = next(file.parts(), None)
    return samples(part.rows.head(SAMPLE_ROWS)) if part is not None else {}


@dataclass(slots=True)
class Seen:
    """What was seen of a table: values of each column, notes, and the formats of its times that are open."""

    table: Table
    samples: dict[str, list[str]]
    notes: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Looked:
    """All files, and what was seen of their tables; `left` says what is left out, and why."""

    files: list[File]
    seen: list[Seen]
    left: list[str] = field(default_factory=list)

    @property
    def mapping(self) -> Mapping:
        """The mapping of these tables."""
        return Mapping(tables=[each.table for each in self.seen])

    def decide(self, seen: Seen, form: str) -> None:
        """Takes one format of those that are open."""
        first = form.find("%d") < form.find("%m")
        kept = [each for each in seen.table.times.formats if (each.find("%d") < each.find("%m")) == first]
        times = Times(formats=[form, *(each for each in kept if each != form)], zone=seen.table.times.zone)
        self.change(seen, msgspec.structs.replace(seen.table, times=times))
        seen.open = []

    def change(self, seen: Seen, table: Table) -> None:
        """Reads the files of a table by another one."""
        self.files = [replace(each, table=table) if each.table is seen.table else each for each in self.files]
        seen.table = table

    def passed(self, names: Sequence[str]) -> None:
        """Tells which files of folders and archives are not read."""
        if names:
            more = f" and {len(names) - _TOLD:,} more" if len(names) > _TOLD else ""
            self.left.append(f"{', '.join(names[:_TOLD])}{more}: no such files are read")


def look(paths: Sequence[Path], mapping: Mapping | None, zone: str, where: str) -> Looked:
    """Looks at every file that the paths name. `zone` is that of times that say none; `where` is the mapping's file.

    Raises:
        LingxiError: a file cannot be read, or the mapping is for other files; nothing was read in.
    """
    looked, passed = Looked([], []), list[str]()
    for source in sources(paths, passed=passed):
        try:
            found = looks(source)
            if mapping is not None:
                _by_mapping(looked, found, mapping, where)
            else:
                _by_guess(looked, found, zone)
        except Invalid as error:
            skip(looked, source, error)
    if not looked.files:
        raise Unknown(looked.left[0], where=str(paths[0]), remedy="name the files themselves")
    looked.passed(passed)
    for seen in looked.seen:
        if seen.open:
            _by_values(looked, seen)
    return looked


def skip(looked: Looked, source: Source, error: LingxiError) -> None:
    """Leaves out a .json file that a folder or an archive happens to hold, and says so.

    Raises:
        LingxiError: any other file; what was found of it.
    """
    if not _happens(source):
        raise error
    looked.left.append(f"{source.name}: {error.what}")


def _happens(source: Source) -> bool:
    """Whether a file is a .json that was not named itself: folders hold settings and manifests beside exports."""
    return source.found and (source.member or source.path.name).lower().removesuffix(".gz").endswith(".json")


def other_sheets(looked: Looked, found: Sequence[Look], names: Sequence[str]) -> list[Look]:
    """The tables of a file with these columns; its other sheets are left out, which is told."""
    for each in found:
        if each.form.names != list(names):
            shown = ", ".join(each.form.names[:8])
            looked.left.append(f"{each.source.name}: it has other columns ({shown})")
    return [each for each in found if each.form.names == list(names)]


def _by_guess(looked: Looked, found: Sequence[Look], zone: str) -> None:
    """The first sheet of a file decides."""
    source, form, frame = found[0]
    made = guess(source.stem, form, frame, zone)
    there = next((each for each in looked.seen if _alike(each.table, made)), None)
    if _happens(source):
        check(made.table, source.name)
    if there is None:
        there = Seen(made.table, samples(frame), list(made.notes), list(made.open))
        looked.seen.append(there)
    for each in other_sheets(looked, found, form.names):
        there.files.append(each.source.name)
        looked.files.append(File(each.source, each.form, there.table))


def _alike(table: Table, made: Guess) -> bool:
    """Whether a file goes with a table that was seen: the same columns, and no name that says another kind."""
    same = table.fingerprint == made.table.fingerprint and table.form.format == made.table.form.format
    return same and (table.kind == made.table.kind or words.kind_of_file(made.table.name) is None)


def _by_mapping(looked: Looked, found: Sequence[Look], mapping: Mapping, where: str) -> None:
    """The sheets of a file that the mapping knows; one of them at least."""
    known = any(_same(each, mapping) for each in found)
    for each in found if known else found[:1]:
        if known and not _same(each, mapping):
            looked.left.append(f"{each.source.name}: the mapping does not name it, or not its columns")
        else:
            _one_by_mapping(looked, each, mapping, where)


def _same(look: Look, mapping: Mapping) -> list[Table]:
    """The tables with the columns of a file or sheet; one that names a sheet is only for that."""
    same = [each for each in mapping.tables if each.form.names == look.form.names]
    return [each for each in same if each.form.sheet in ("", look.source.sheet)]


def _one_by_mapping(looked: Looked, look: Look, mapping: Mapping, where: str) -> None:
    source, form, frame = look
    table = _table_of(look, mapping, where)
    check(table, where)
    if table.form.names != form.names or table.form.delimiter != form.delimiter:
        form, frame = table.form, next(named(table.form.format).parts(source, table.form)).rows
    elif form.format == "csv":
        # What the mapping says of how numbers are written, and where rows begin, was looked over by a person.
        form = msgspec.structs.replace(
            table.form, encoding=form.encoding if table.form.encoding == "utf-8" else table.form.encoding
        )
    else:
        form = msgspec.structs.replace(form, decimal=table.form.decimal)
    there = next((each for each in looked.seen if each.table is table), None)
    if there is None:
        there = Seen(table, samples(frame))
        looked.seen.append(there)
    there.files.append(source.name)
    looked.files.append(File(source, form, table))


def _table_of(look: Look, mapping: Mapping, where: str) -> Table:
    """The table of a file: one of its name first, then any with its columns; else one whose own delimiter fits."""
    source, form, _ = look
    same = _same(look, mapping)
    if found := next((each for each in same if each.name == source.stem), same[0] if same else None):
        return found
    for table in mapping.tables:
        if (
            table.form.format == form.format == "csv"
            and table.form.delimiter != form.delimiter
            and _opens(source, table)
        ):
            return table
    raise _other_file(source, form, mapping, where)


def _opens(source: Source, table: Table) -> bool:
    """Whether the file's header, cut by the table's own delimiter, has the table's columns."""
    if not table.form.header:
        return False
    above = msgspec.structs.replace(
        table.form, first=table.form.header, names=[f"{n}" for n in range(len(table.form.names))]
    )
    part = next(named("csv").parts(source, above), None)
    return part is not None and not part.rows.is_empty() and list(part.rows.row(0)[:-1]) == table.form.names


def _other_file(source: Source, form: Form, mapping: Mapping, where: str) -> Invalid:
    """The mapping is for another file: which columns are missing, and which are not in it."""
    if not mapping.tables:
        return Invalid("the mapping has no tables", where=where, remedy="delete it to have it made again")
    if sheets := [each.form.sheet for each in mapping.tables if each.form.sheet]:
        remedy = 'name one of its sheets as `sheet`, or write sheet = "" for all of them'
        return Invalid(
            f"there is no sheet '{sheets[0]}' with its columns", where=f"{source.name}; {where}", remedy=remedy
        )
    nearest = max(mapping.tables, key=lambda each: len(set(each.form.names) & set(form.names)))
    missing = [name for name in nearest.form.names if name not in form.names]
    new = [name for name in form.names if name not in nearest.form.names]
    told = [f"it lacks {', '.join(repr(name) for name in missing[:8])}"] if missing else []
    told += [f"it has {', '.join(repr(name) for name in new[:8])} instead"] if new else []
    what = f"the mapping is for another file: {' and '.join(told) or 'its columns are in another order'}"
    line = f"line {form.header or 1}"
    return Invalid(
        what,
        where=f"{source.name}, {line}; {where}",
        remedy="name the right file, or another --mapping FILE to have a mapping made for this one",
    )


def _by_values(looked: Looked, seen: Seen) -> None:
    """Reads the times of the whole files until one of the open formats fails where another does not."""
    column = seen.table.columns["at"]
    for file in looked.files:
        if file.table is not seen.table:
            continue
        for part in file.parts():
            text = part.rows[column].cast(pl.String).str.strip_chars().unique()
            formats, open_ = settle(text, list(seen.open))
            if formats and not open_:
                seen.notes.append(f"a day above 12 further down decides: times are {formats[0]}")
                looked.decide(seen, formats[0])
                return


def refuse_open(seen: Seen) -> Refused:
    """Nobody is there to say whether the day or the month comes first."""
    column = seen.table.columns["at"]
    value = (seen.samples.get(column) or [""])[0]
    what = f"'{value}' may be {' or '.join(seen.open)}: no value says whether the day or the month comes first"
    where = f"{seen.files[0]}, column '{column}'"
    return Refused(what, where=where, remedy=f'{OPTION} "{seen.open[0]}", or leave --yes out to be asked')


_TOLD: Final = 5
OPTION: Final = "add --time-format"
