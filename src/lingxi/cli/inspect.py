"""`lingxi inspect`: what the log holds."""

from __future__ import annotations

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, existing
from lingxi.cli._print import as_json, as_table, day


def register(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command("inspect", epilog="Example: `lingxi inspect --json`")(inspect)


def inspect(home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """Print what the log holds: counts, span, sparsity, how often each cleaning rule applied, with examples."""
    from lingxi.app.desk import Desk
    from lingxi.workflows.inspect import inspect as look

    with Desk(*existing(home), shop) as desk:
        found = look(desk.parts.log, desk.parts.quarantine, desk.parts.folder)
    if json:
        as_json(found)
        return
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
    as_table(("", ""), rows)
    if found.rules:
        shown = [
            (r.rule, r.effect, f"{r.events:,}", f"{r.share:.3%}", r.examples[0][:60] if r.examples else "")
            for r in found.rules
        ]
        as_table(("rule", "effect", "events>", "share>", "for example"), shown)
