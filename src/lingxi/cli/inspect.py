"""`lingxi inspect`: what the log holds, and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of, existing, shop_in
from lingxi.cli._print import as_json, as_table, console, day
from lingxi.domain.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from lingxi.app.desk import Desk
    from lingxi.insight.said import Sentence
    from lingxi.workflows.inspect import Report

SUGGESTED = 10
OTHER_SHOP = "shop:"


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    examples = (
        "Examples: `lingxi inspect --html log.html` · `lingxi inspect --against 28d` · "
        "`lingxi inspect --against 2026-01-01..2026-01-31 --period 2026-02-01..2026-02-28 --json`"
    )
    cli.command("inspect", epilog=examples)(inspect)


def inspect(
    html: Annotated[Path | None, typer.Option(help="Write one page with charts to this file.")] = None,
    period: Annotated[str | None, typer.Option(help="Only this part: 28d, FROM..TO (days), seq:A..B.")] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with this part: 28d (the 28 days before), FROM..TO, seq:A..B; or shop:NAME."),
    ] = None,
    chinese: Annotated[bool, typer.Option("--zh", help="Say it in Chinese.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Print what the log holds and what follows from it: counts, repeats, baskets, gaps, rules with examples, drift."""
    if html is not None:
        _writable(html)
    with desk_of(home, shop) as desk:
        found = _look(desk, existing(home)[0], period, against)
    if html is not None:
        from lingxi.web.inspection import page

        _write(html, page(found, shop, chinese=chinese))
    if json:
        as_json(found)
        return
    _print(found, chinese=chinese)
    if html is not None:
        typer.echo(str(html))


def _look(desk: Desk, folder: Path, period: str | None, against: str | None) -> Report:
    """Looks over the shop, beside another one if asked for."""
    from lingxi.insight.picture import About
    from lingxi.workflows.inspect import inspect as look
    from lingxi.workflows.inspect import picture

    settings, parts = desk.settings, desk.parts
    about = About(
        timezone=settings.shop.timezone, currency=settings.shop.currency, holdout_days=settings.train.holdout_days
    )
    other = None
    if against and against.startswith(OTHER_SHOP):
        with _other(folder, desk, against.removeprefix(OTHER_SHOP)) as beside:
            log = beside.parts.log
            other = picture(log, beside.parts.quarantine, about, log.head())
    return look(parts.log, parts.quarantine, parts.folder, about, period=period, against=against, other=other)


def _other(folder: Path, desk: Desk, name: str) -> Desk:
    """The desk of another shop of the same home, which must be there."""
    from lingxi.app.desk import Desk

    return Desk(folder, desk.settings, shop_in(folder, name))


def _writable(file: Path) -> None:
    """Raises Invalid before the long look if the page could not be written."""
    if file.is_dir() or not file.absolute().parent.is_dir():
        what = "is a folder" if file.is_dir() else "lies in a folder that does not exist"
        raise Invalid(f"the page cannot be written: it {what}", where=str(file), remedy="name a file in --html")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"the page cannot be written: {error.strerror}"
        raise Unavailable(what, where=str(file), remedy="free some space, or name another file in --html") from None


def _print(found: Report, *, chinese: bool) -> None:
    """The counts, the rules, what the subjects say, what follows, what may be one and what moved."""
    from lingxi.workflows.suggest import said

    def tongue(sentence: Sentence) -> str:
        return sentence.zh if chinese else sentence.en

    as_table(("", ""), _counts(found))
    if found.rules:
        rows = [
            (r.rule, r.effect, f"{r.events:,}", f"{r.share:.3%}", r.examples[0][:60] if r.examples else "")
            for r in found.rules
        ]
        as_table(("rule", "effect", "events>", "share>", "for example"), rows)
    for side in found.subjects:
        _lines(tongue(side.title), [tongue(each) for each in side.sentences])
    advice = [f"{tongue(each.do)} ({tongue(each.because)})" for each in found.advice]
    _lines("由此得出" if chinese else "What follows", advice)
    if suggested := [tongue(each) for each in said(found.suggestions, SUGGESTED)]:
        _lines("可能是同一个" if chinese else "What may be one", suggested)
    if found.against is not None:
        sides = f"{found.against.before.name} → {found.against.now.name}"
        _lines(f"{'对比' if chinese else 'Compared'}: {sides}", [tongue(each) for each in found.against.sentences])


def _counts(found: Report) -> list[tuple[str, Any]]:
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in found.kinds.items()) or "none"
    rows = [
        ("changes", f"{found.seq:,}"),
        ("events", kinds),
        ("span", f"{day(found.first)} – {day(found.last)} ({found.days:,.1f} days)"),
        ("shoppers", f"{found.shoppers:,}, {found.shoppers_active:,} with events"),
        ("items", f"{found.items_posted:,} posted, {found.items_stub:,} only named, {found.items_bought:,} bought"),
        ("pairs", f"{found.pairs:,} of shopper and item; sparsity {found.sparsity:.5f}"),
        ("orders", f"{found.orders:,}, {found.lines_per_order:.1f} lines each"),
    ]
    if found.imported is not None:
        rows.append(("imported", f"{found.imported.dataset}, moved by {found.imported.shift_days} days"))
    return rows


def _lines(title: str, lines: list[str]) -> None:
    """A heading and its sentences."""
    out = console()
    out.print(f"\n{title}", style="bold", markup=False)
    for line in lines:
        out.print(f"  {line}", markup=False)
