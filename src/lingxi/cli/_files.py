"""Importing a shop's own files from the command line: the guess is shown, asked about and kept, then read in."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

import msgspec
import typer

from lingxi.cli._guess import show
from lingxi.cli._print import as_json, as_table, day
from lingxi.cli._progress import bars
from lingxi.config import Settings
from lingxi.domain.errors import Invalid, Refused

if TYPE_CHECKING:
    from lingxi.datasets._public import Public
    from lingxi.ingest.files.dataset import Survey
    from lingxi.ingest.files.look import Looked
    from lingxi.workflows._ahead import Source
    from lingxi.workflows.imports import ImportReceipt, Sums, Times

STATUSES: Final = ("accepted", "repaired", "marked", "duplicate", "conflict", "quarantined")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for."""

    paths: list[Path]
    mapping: Path | None
    yes: bool
    dry_run: bool
    time_format: str | None
    zone: str | None
    public: Public | None = None


def import_files(asked: Asked, times: Times, where: tuple[Path, Settings], shop: str, json: bool) -> None:
    """Looks at the files, shows what they seem to be, asks, and imports."""
    from lingxi.app.parts import folder_of
    from lingxi.app.present import now
    from lingxi.ingest.files.dataset import Files
    from lingxi.workflows.look import look_through

    name = asked.public.name if asked.public else _stem(asked.paths[0])
    path = asked.mapping or folder_of(where[0], shop) / "mappings" / f"{name}.toml"
    looked = _looked(asked, path, where[1].shop.timezone)
    if not json:
        for seen in looked.seen:
            show(seen)
    for told in looked.left:
        typer.echo(f"left out: {told}", err=True)
    _settle(looked, asked, path, json)
    data = Files(looked.files, now(), looked.left)
    with bars(json) as watch:
        look_through(data, watch)
        if asked.dry_run:
            data.link(data.find_links(0, watch))
    if asked.dry_run:
        _foretell(data.survey, looked, json)
        return
    store(data, times, (*where, shop), str(path), json)


def _stem(path: Path) -> str:
    """What the mapping of a file or folder is called."""
    return path.resolve().name.split(".")[0] or "files"


def _looked(asked: Asked, path: Path, shop_zone: str) -> Looked:
    """The files by their mapping, or by a guess; with what the command line says of their times."""
    from lingxi.ingest.files.known import look_at as look_at_public
    from lingxi.ingest.files.mapping import read
    from lingxi.workflows.look import look_at

    zone = asked.zone or shop_zone
    if zone not in available_timezones():
        raise Invalid(f"there is no zone '{zone}'", where="--zone", remedy="use an IANA name such as Europe/Berlin")
    known = read(path) if path.exists() else None
    if asked.public:
        looked = look_at_public(asked.paths, asked.public, known)
    else:
        looked = look_at(asked.paths, known, zone, str(path))
    for seen in looked.seen:
        times = seen.table.times
        if seen.table.sort == "events" and asked.time_format:
            seen.open = []
            times = msgspec.structs.replace(times, formats=[asked.time_format])
        if asked.zone:
            times = msgspec.structs.replace(times, zone=zone)
        looked.change(seen, msgspec.structs.replace(seen.table, times=times))
    return looked


def _settle(looked: Looked, asked: Asked, path: Path, json: bool) -> None:
    """Asks what is open, keeps the mapping, and asks whether to go on.

    Raises:
        Refused: something is open and nobody is there to ask.
        Invalid: the mapping lacks what every event or item needs.
    """
    from lingxi.ingest.files.look import refuse_open
    from lingxi.ingest.files.mapping import check, write

    asking = not asked.yes and not asked.dry_run
    if asking and json:
        raise Refused("--json asks nothing", where="lingxi import", remedy="add --yes, or --dry-run to look first")
    for seen in looked.seen:
        if seen.open and not asking:
            raise refuse_open(seen)
        if seen.open:
            looked.decide(seen, _which(seen.open, (seen.samples.get(seen.table.columns["at"]) or [""])[0]))
    if not asked.dry_run or asked.mapping is not None:
        write(looked.mapping, path)
        typer.echo(f"the mapping is in {path}", err=True)
    for table in looked.mapping.tables:
        check(table, str(path))
    if asking and not typer.confirm("Read them like this?", default=True):
        typer.echo(f"nothing was stored; change {path} and run the same again")
        raise typer.Exit(1)


def _which(formats: list[str], value: str) -> str:
    """Asks which of the formats it is."""
    typer.echo(f"'{value}' says not whether the day or the month comes first:")
    for number, form in enumerate(formats, 1):
        typer.echo(f"  {number}  {form}")
    return formats[_number(len(formats)) - 1]


def _number(most: int) -> int:
    while True:
        number: int = typer.prompt("Which", type=int, default=1)
        if 1 <= number <= most:
            return number


def _foretell(survey: Survey, looked: Looked, json: bool) -> None:
    """Says what an import would do."""
    if json:
        as_json({"dry_run": True, "survey": survey, "mapping": looked.mapping, "left_out": looked.left})
        return
    counts = ((sort, count) for sort, count in survey.counts.items() if count)
    typer.echo("nothing was stored; in an empty shop it would be:")
    as_table(("", "lines>"), [(sort, f"{count:,}") for sort, count in counts])
    if survey.counts["events"]:
        told = [(name, f"{survey.statuses.get(name, 0):,}") for name in STATUSES if survey.statuses.get(name)]
        as_table(("events", "lines>"), told)
        typer.echo(f"events from {day(survey.first)} to {day(survey.last)}")
    if survey.rules:
        as_table(("rule", "lines>"), [(rule, f"{count:,}") for rule, count in survey.rules.items()])
    _refunds(survey.refunds, survey.linked)


def _refunds(refunds: int, linked: int) -> None:
    if refunds:
        typer.echo(f"refunds: {refunds:,}, of which {linked:,} know the purchase that they take back")


def store(data: Source, times: Times, where: tuple[Path, Settings, str], mapping: str, json: bool) -> None:
    """Reads a data set in and shows the receipt."""
    from lingxi.app.following import Following
    from lingxi.app.parts import open_parts
    from lingxi.workflows.apart import ready_for_rows
    from lingxi.workflows.imports import Shop as Ground
    from lingxi.workflows.imports import import_dataset

    ready_for_rows()
    with closing(open_parts(*where)) as parts, Following(*where) as following, bars(json) as watch:
        ground = Ground(parts.log, parts.quarantine, parts.checkpoints, parts.folder, following.finish)
        receipt = import_dataset(data, ground, parts.clock.now(), times, watch, mapping)
    if json:
        as_json(receipt)
    else:
        show_receipt(receipt)


def show_receipt(receipt: ImportReceipt) -> None:
    """What became of every line, by rule, with the lines' numbers."""
    kinds = (("items", receipt.items), ("users", receipt.users), ("events", receipt.events))
    rows = [(kind, f"{sums.read:,}", *(f"{sums.statuses.get(n, 0):,}" for n in STATUSES)) for kind, sums in kinds]
    typer.echo(receipt.about)
    as_table(("", "read>", *(f"{name}>" for name in STATUSES)), rows)
    for kind, sums in kinds:
        if sums.rules and receipt.files:
            typer.echo(f"\n{kind}, by rule")
            as_table(("rule", "lines>", "for example"), _rules(sums))
    _refunds(receipt.refunds, receipt.linked)
    for told in receipt.left_out:
        typer.echo(f"left out: {told}")
    if receipt.first is not None:
        moved = f", moved by {receipt.shift_days} days" if receipt.times == "shifted" else ""
        typer.echo(f"events from {day(receipt.first)} to {day(receipt.last)}{moved}")


def _rules(sums: Sums) -> list[tuple[str, str, str]]:
    """How many lines each rule concerned, and one of them."""
    rows = []
    for rule, count in sorted(sums.rules.items(), key=lambda each: -each[1]):
        shown = [f"{each.file}, line {each.line}: {each.said[:120]}" for each in sums.examples.get(rule, [])[:1]]
        rows.append((rule, f"{count:,}", shown[0] if shown else ""))
    return rows
