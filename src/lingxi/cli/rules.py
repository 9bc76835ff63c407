"""`lingxi rules`: merchant rules. Which hold, what others would change, and how they come into force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table, day
from lingxi.domain.change import Change
from lingxi.domain.errors import Invalid
from lingxi.domain.merchandising import NO_RULES, MerchantRule, RuleSet

if TYPE_CHECKING:
    from lingxi.recommend.merchandising.check import Checked
    from lingxi.workflows.try_rules import Example, Move, Trial

rules = typer.Typer(no_args_is_help=True, help="Merchant rules: list, check, try, set, roll back.")
File = Annotated[Path, typer.Argument(help="A TOML or JSON file of rules.")]
Why = Annotated[str, typer.Option(help="The reason, kept on record.")]
SHOWN = 10
"""Picks of an example, and rows of a table, that are shown to people."""


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.add_typer(rules, name="rules")


@rules.command("list", epilog="Example: `lingxi rules list --versions`")
def list_(
    versions: Annotated[
        bool, typer.Option("--versions", help="The sets that were in force, the newest first.")
    ] = False,
    version: Annotated[int | None, typer.Option(help="The rules of this version. [default: the one in force]")] = None,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """List the rules in force. What it prints with --json can be set again."""
    from lingxi.workflows.rules import version_of

    with desk_of(home, shop) as desk:
        sets = desk.parts.log.rule_sets()
    if versions:
        _versions(sets, json=json)
        return
    if version is None:
        version = sets[0].seq if sets else 0
    held = version_of(sets, version) if version else NO_RULES
    if json:
        as_json({"version": version, "rules": held.rules, "why": held.why, "by": held.by})
        return
    as_table(("rule", "effect", "items", "where", "when and for whom", "note"), map(_row, held.rules))
    typer.echo(f"version {version}: {len(held.rules)} rules")


def _versions(sets: Sequence[Change], *, json: bool) -> None:
    rows = [(c.seq, day(c.received), len(s.rules), s.by, s.why) for c in sets if isinstance(s := c.entry, RuleSet)]
    if json:
        as_json([dict(zip(("version", "at", "rules", "by", "why"), row, strict=True)) for row in rows])
    else:
        as_table(("version>", "since", "rules>", "by", "why"), rows)


def _row(rule: MerchantRule) -> tuple[str, ...]:
    return (
        rule.id,
        _said(rule.effect),
        _said(rule.items) or "all",
        ", ".join(rule.surfaces) or "everywhere",
        "; ".join(filter(None, (_said(rule.schedule), _said(rule.shoppers)))) or "always, all",
        rule.note,
    )


def _said(part: Any) -> str:
    """A part of a rule in one line."""
    told: dict[str, Any] = msgspec.to_builtins(part)
    kind = told.pop("kind", "")
    fields = ", ".join(f"{name} {_value(value)}" for name, value in told.items())
    return f"{kind} {fields}".strip()


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, list | tuple):
        more = f" and {len(value) - SHOWN} more" if len(value) > SHOWN else ""
        return " or ".join(map(str, value[:SHOWN])) + more
    return str(value)


@rules.command(epilog="Example: `lingxi rules check rules.toml`")
def check(file: File, home: Home = None, shop: Shop = DEFAULT_SHOP, json: Json = False) -> None:
    """Check a file of rules against the shop: faults, contradictions, and what matches nothing now."""
    from lingxi.workflows.rules import read_file, settled

    read = read_file(file)
    with desk_of(home, shop) as desk:
        found = desk.check_rules(read, desk.state())
    if json:
        as_json({"rules": len(read.rules), "conflicts": found.conflicts, "warnings": found.warnings})
        return
    _warn(found)
    settled(found, force=False)
    typer.echo(f"{len(read.rules)} rules, no contradictions")


@rules.command("set", epilog="Example: `lingxi rules set rules.toml --why 'spring'`")
def set_(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Set rules that contradict each other too.")] = False,
    why: Why = "",
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Put the rules of a file in force, in the place of all before. A running server follows within a second."""
    from lingxi.workflows.rules import read_file

    read = read_file(file)
    with desk_of(home, shop) as desk:
        version, found = desk.set_rules(msgspec.structs.replace(read, why=why or read.why), force=force)
    if json:
        as_json({"version": version, "conflicts": found.conflicts, "warnings": found.warnings})
        return
    _warn(found)
    typer.echo(f"version {version}: {len(read.rules)} rules in force")


@rules.command(epilog="Example: `lingxi rules rollback --why 'too many pins'`")
def rollback(
    to: Annotated[
        int | None, typer.Option(help="The version to go back to; 0: no rules. [default: the one before]")
    ] = None,
    why: Why = "",
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Go back to the rules that were in force before."""
    with desk_of(home, shop) as desk:
        version = desk.roll_back_rules(to=to, why=why)
    if json:
        as_json({"version": version})
    else:
        typer.echo(f"version {version} in force")


@rules.command(
    "try", epilog="Examples: `lingxi rules try rules.toml` · `lingxi rules try rules.toml --at 2026-11-27T10:00`"
)
def try_(
    file: File,
    n: Annotated[int, typer.Option("-n", "--n", min=1, max=10_000, help="How many of the newest slates.")] = 50,
    at: Annotated[str | None, typer.Option(help="As if it were this time, by the shop's clock (ISO 8601).")] = None,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Show what the rules of a file would change in the newest slates, asked again with them and without.

    Nothing is changed or kept; a server may run beside.
    """
    from lingxi.workflows.rules import read_file

    read = read_file(file)
    with desk_of(home, shop) as desk:
        found = desk.try_rules(read, n, None if at is None else _time(at, desk.settings.shop.timezone))
        titles = {id_: item.title for id_, item in desk.parts.log.items(list(_named(found))).items()}
    if json:
        as_json(found)
        return
    _show(found, titles)


def _time(text: str, timezone: str) -> int:
    """A time on the shop's wall, as µs UTC."""
    from zoneinfo import ZoneInfo

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        what = f"'{text[:40]}' is no time"
        raise Invalid(what, where="--at", remedy="write it as 2026-11-20T18:00") from None
    return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))).timestamp()) * 1_000_000


def _named(found: Trial) -> Iterable[str]:
    for moves in (found.rises, found.falls, found.appears, found.vanishes):
        yield from (each.item for each in moves)


def _show(found: Trial, titles: dict[str, str]) -> None:
    _warn(found.checked)
    left = f"; {found.skipped} cannot be asked again" if found.skipped else ""
    typer.echo(f"{found.changed} of {found.asked} slates change{left}")
    rows = [(name, count, found.unmet.get(name, 0)) for name, count in found.rules.items()]
    as_table(("rule", "did something in>", "could not be kept in>"), rows)
    for name in ("rises", "falls", "appears", "vanishes"):
        moves: list[Move] = getattr(found, name)
        if moves:
            rows_of = [(m.item, titles.get(m.item, ""), m.slates, m.places or "") for m in moves[:SHOWN]]
            as_table((name, "title", "slates>", "places>"), rows_of)
    for example in found.examples:
        _example(example)


def _example(example: Example) -> None:
    who = example.user or example.session or "a guest"
    after = [f"{item} ({example.labels[item]})" if item in example.labels else item for item in example.after]
    size = min(SHOWN, max(len(example.before), len(after)))
    padded = [(*items[:size], *[""] * (size - len(items))) for items in (example.before, after)]
    places = range(1, size + 1)
    as_table(("place>", "before", "after"), zip(places, *padded, strict=True), title=f"{example.surface} for {who}")
    for each in example.unmet:
        typer.echo(f"not kept: {each.rule}: {each.why}")


def _warn(found: Checked) -> None:
    for said in found.conflicts:
        typer.echo(f"contradiction: {said}")
    for said in found.warnings:
        typer.echo(f"note: {said}")
