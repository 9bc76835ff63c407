"""A published data set's files by name: a ready mapping in place of a guess; everything after is the same import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from lingxi.datasets._public import Layout, Public
from lingxi.domain.errors import Invalid, Unknown
from lingxi.ingest.files.look import File, Looked, Seen, other_sheets, samples_of, skip
from lingxi.ingest.files.mapping import Form, Mapping, Returns, Table, Times, fingerprint
from lingxi.ingest.files.open import Source, sources
from lingxi.ingest.files.tables._choose import looks, named
from lingxi.ingest.files.tables._table import LINE, Look


def look_at(paths: Sequence[Path], public: Public, mapping: Mapping | None) -> Looked:
    """What the paths hold of a data set; a table of `mapping`, which a person may have changed, goes before ours.

    Raises:
        Unknown: they hold none of its files, or one is named that is none of them.
        Invalid: a file lacks a column that the set has.
    """
    looked, passed = Looked([], []), list[str]()
    found = [(each, layout) for each in _all(paths, public, passed) if (layout := _layout(each, public)) is not None]
    beside = _Beside(found)
    for source, layout in found:
        if layout.sort is not None:
            try:
                _take(looked, looks(source), layout, beside, mapping)
            except Invalid as error:
                skip(looked, source, error)
    if not looked.files:
        what = f"there is no file of '{public.name}' in {', '.join(str(path) for path in paths)}"
        raise Unknown(what, where="; ".join(looked.left), remedy=_published(public))
    looked.passed(passed)
    return looked


def _all(paths: Sequence[Path], public: Public, passed: list[str]) -> list[Source]:
    """The set's files among the paths; none of them where a folder or an archive holds none."""
    found: list[Source] = []
    for path in paths:
        try:
            found += sources([path], lambda each: any(layout.names(each.name) for layout in public.layouts), passed)
        except Unknown:
            if not path.exists():
                raise
    for source in found:
        if not source.found and _layout(source, public) is None:
            what = f"'{source.name}' is no file of '{public.name}' by its name"
            raise Unknown(what, where=str(source.path), remedy=_published(public))
    return found


def _published(public: Public) -> str:
    """Where the set is published, and how its files are called."""
    files = ", ".join(name for layout in public.layouts for name in layout.files)
    return f"it is published at {public.published}; its files are: {files}"


def _layout(source: Source, public: Public) -> Layout | None:
    name = Path(source.member or source.path.name).name
    return next((each for each in public.layouts if each.names(name)), None)


def _take(looked: Looked, found: Sequence[Look], layout: Layout, beside: _Beside, mapping: Mapping | None) -> None:
    """Adds a file: of a workbook, the first sheet and those with its columns."""
    for each in other_sheets(looked, found, found[0].form.names):
        _add(looked, each, layout, beside, mapping)


def _add(looked: Looked, look: Look, layout: Layout, beside: _Beside, mapping: Mapping | None) -> None:
    """Adds a table of a file, as one of a table that was seen or as the first of it."""
    source, form = look.source, _form(look.form, layout)
    table = _table(source, form, layout)
    kept = next((each for each in mapping.tables if each.fingerprint == table.fingerprint), None) if mapping else None
    table = kept or table
    there = next((each for each in looked.seen if each.table.fingerprint == table.fingerprint), None)
    file = File(source, form, there.table if there else table, layout.change, beside)
    if there is None:
        there = Seen(table, samples_of(file))
        looked.seen.append(there)
    there.files.append(source.name)
    looked.files.append(file)


def _form(form: Form, layout: Layout) -> Form:
    """How the file is written; whether it names its columns is known."""
    if not layout.header and form.format == "csv" and form.header:
        form = msgspec.structs.replace(
            form, header=0, first=1, names=[f"column {n + 1}" for n in range(len(form.names))]
        )
    return form


def _table(source: Source, form: Form, layout: Layout) -> Table:
    """The layout's meaning of the file's own columns."""
    names = [*form.names, *(each for each in layout.added if each not in form.names)]
    columns: dict[str, str] = {}
    for field, given in layout.columns.items():
        options = (given,) if isinstance(given, str) else given
        column = next((each for each in options if each in names), None)
        if column is None and field in ("at", "id", "user", "session", "item", "kind"):
            what = f"there is no column {' or '.join(repr(each) for each in options)}"
            remedy = f"its columns are {', '.join(names[:20])}; is it the set's own file?"
            raise Invalid(what, where=f"{source.name}, line {form.header or 1}", remedy=remedy)
        if column is not None:
            columns[field] = column
    return Table(
        name=layout.name,
        sort=layout.sort or "events",
        form=msgspec.structs.replace(form, names=names),
        columns=columns,
        fingerprint=fingerprint([layout.name, *names]),
        kind=layout.kind,
        kinds=dict(layout.kinds),
        times=Times(formats=list(layout.formats), zone=layout.zone),
        returns=Returns(prefix=layout.prefix),
        sensitive=list(layout.sensitive),
    )


class _Beside:
    """See `datasets._public.Beside`: the files are read once and kept."""

    def __init__(self, found: Sequence[tuple[Source, Layout]]) -> None:
        self._found = found
        self._kept: dict[str, pl.DataFrame] = {}

    def __call__(self, name: str) -> pl.DataFrame:
        """The rows of a layout's files, with `__line`.

        Raises:
            Unknown: the paths hold no such file.
        """
        if name not in self._kept:
            self._kept[name] = self._read(name)
        return self._kept[name]

    def _read(self, name: str) -> pl.DataFrame:
        frames: list[pl.DataFrame] = []
        for source, layout in self._found:
            if layout.name != name:
                continue
            form = _form(looks(source)[0].form, layout)
            if missing := [each for each in layout.columns if each not in form.names]:
                what = f"there is no column {missing[0]!r}"
                remedy = f"its columns are {', '.join(form.names[:20])}; is it the set's own file?"
                raise Invalid(what, where=f"{source.name}, line 1", remedy=remedy)
            parts = named(form.format).parts(source, form)
            frames += [part.rows.select(*layout.columns, LINE) for part in parts]
        if not frames:
            raise Unknown(f"the file of {name} is missing", remedy="give the folder that holds all files of the set")
        return pl.concat(frames)
