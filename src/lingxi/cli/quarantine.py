"""`lingxi quarantine`: what was not stored, why, and how it gets in after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from lingxi.cli._options import DEFAULT_SHOP, Home, Json, Shop, desk_of
from lingxi.cli._print import as_json, as_table, day
from lingxi.domain.errors import Invalid

if TYPE_CHECKING:
    from lingxi.workflows.quarantine import Fixed, Replayed

SHOWN: Final = 300
Rule = Annotated[str | None, typer.Option("--rule", help="All that this rule holds.", show_default=False)]
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers, as `list` shows them.", show_default=False)]

commands = typer.Typer(
    no_args_is_help=True, help="What was not stored, and why: list, show, fix in bulk, replay into the log."
)


def register(cli: typer.Typer) -> None:
    """Adds the commands."""
    cli.add_typer(commands, name="quarantine")


@commands.command("list", epilog="Example: `lingxi quarantine list --rule item_missing`")
def list_(
    rule: Rule = None,
    n: Annotated[int, typer.Option("-n", help="How many of the newest.", min=1, max=1_000)] = 10,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """List what is held: how many by rule, and the newest."""
    with desk_of(home, shop) as desk:
        counts, newest = desk.parts.quarantine.counts(), desk.parts.quarantine.newest(n, rule)
    if json:
        as_json({"counts": counts, "newest": newest})
        return
    as_table(("rule", "held>"), [(name, f"{count:,}") for name, count in counts.items()])
    rows = [(each.number, day(each.received), each.sort, each.rule, each.reason, _short(each.body)) for each in newest]
    as_table(("number>", "received", "as", "rule", "why", "what was sent"), rows)


@commands.command(epilog="Example: `lingxi quarantine show 17`")
def show(
    number: Annotated[int, typer.Argument(help="Its number, as `list` shows it.")],
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Show one thing whole, as it was sent."""
    from lingxi.workflows import quarantine

    with desk_of(home, shop) as desk:
        found = quarantine.show(desk.parts.quarantine, number)
    if json:
        as_json(found)
        return
    about = [
        ("number", found.number),
        ("sent as", found.sort or "event"),
        ("received", day(found.received)),
        ("rule", found.rule),
        ("why", found.reason),
    ]
    as_table(("", ""), about)
    typer.echo(found.body)


@commands.command(epilog="Example: `lingxi quarantine fix --rule item_missing --set item=unknown --replay`")
def fix(
    ids: Ids = None,
    rule: Rule = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="field=value, repeatable; `field=` takes the field away.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="Replay them at once.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Set fields of what is held, of a rule or by number: shown first, and asked about. Then replay it."""
    from lingxi.workflows import quarantine

    chosen = quarantine.Chosen(*_chosen(ids, rule, everything=False))
    values = quarantine.assignments(sets or [])
    if not values:
        raise Invalid("nothing is to be set", where="--set", remedy="write --set field=value")
    with desk_of(home, shop) as desk:
        held, now = desk.parts.quarantine, desk.parts.clock.now()
        found = quarantine.fix(held, chosen, values, now, keep=False)
        if not (json and yes):
            _show_fixed(found, err=json)
        if found.changed:
            if not yes:
                typer.confirm(f"Set them in {found.changed:,}?", default=False, abort=True, err=json)
            found = quarantine.fix(held, chosen, values, now, keep=True)
        done = quarantine.replay(held, desk.parts.log, chosen, now) if replay else None
    if json:
        as_json({"fixed": found, "replayed": done})
    elif done is not None:
        _show_replayed(done)
    elif found.changed:
        typer.echo(f"{found.changed:,} changed; now `lingxi quarantine replay` with the same choice")


@commands.command("replay", epilog="Examples: `lingxi quarantine replay --rule item_missing` · `… replay --all`")
def replay_(
    ids: Ids = None,
    rule: Rule = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is held.")] = False,
    home: Home = None,
    shop: Shop = DEFAULT_SHOP,
    json: Json = False,
) -> None:
    """Send what is held through the cleaning and the log again; what gets in leaves quarantine."""
    from lingxi.workflows import quarantine

    chosen = quarantine.Chosen(*_chosen(ids, rule, everything=everything))
    with desk_of(home, shop) as desk:
        done = quarantine.replay(desk.parts.quarantine, desk.parts.log, chosen, desk.parts.clock.now())
    if json:
        as_json(done)
    else:
        _show_replayed(done)


def _chosen(ids: list[int] | None, rule: str | None, *, everything: bool) -> tuple[str | None, list[int]]:
    """The one of the three ways to choose that was taken.

    Raises:
        Invalid: none was, or two.
    """
    if bool(ids) + (rule is not None) + everything != 1:
        what = "say which: numbers, or a rule" if not (ids or rule) else "numbers, or a rule: not both"
        raise Invalid(
            what, where="lingxi quarantine", remedy="see `lingxi quarantine list`; then --rule NAME, or numbers"
        )
    return rule, ids or []


def _show_fixed(found: Fixed, *, err: bool) -> None:
    """What setting would do; to the error output where the other is for a program."""
    for each in found.examples:
        rules = f" ({', '.join(each.rules)})" if each.rules else ""
        typer.echo(
            f"{each.number}  {_short(each.before)}\n  → {_short(each.after)}\n  then: {each.then}{rules}", err=err
        )
    then = ", ".join(f"{count:,} {name}" for name, count in found.then.items()) or "nothing"
    typer.echo(f"{found.chosen:,} held, {found.changed:,} would change; replayed: {then}", err=err)
    if found.unreadable:
        what = "cannot be read, or have no such field: send those again, corrected"
        typer.echo(f"{found.unreadable:,} {what}", err=err)


def _show_replayed(done: Replayed) -> None:
    as_table(("replayed", "count>"), [("sent", f"{done.sent:,}"), *((a, f"{n:,}") for a, n in done.statuses.items())])
    if done.rules:
        as_table(("rule", "count>"), [(name, f"{count:,}") for name, count in done.rules.items()])
    typer.echo(f"{done.left:,} left in quarantine")


def _short(body: str) -> str:
    return body if len(body) <= SHOWN else f"{body[:SHOWN]} …"
