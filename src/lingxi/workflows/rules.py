"""Merchant rules on their way in: read from TOML or JSON, checked, and taken back."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import msgspec

from lingxi.domain.change import Change
from lingxi.domain.errors import Invalid, Malformed, Refused, Unknown
from lingxi.domain.merchandising import MerchantRule, RuleSet
from lingxi.ingest.accept import plain
from lingxi.recommend.merchandising.check import Checked

READ: Final = ("rules", "why", "version", "by")
"""What `lingxi rules list --json` prints can be read again; only the rules and the reason count."""
FILE_BYTES: Final = 16 << 20


def read_file(file: Path) -> RuleSet:
    """The rules in a TOML file (`[[rules]]`), or in a JSON file (`{"rules": […]}`).

    Raises:
        Unknown: there is no such file.
        Malformed, Invalid: it does not parse; as `of` does.
    """
    try:
        if file.stat().st_size > FILE_BYTES:
            raise Invalid(
                f"the file has more than {FILE_BYTES >> 20} MB", where=str(file), remedy="name a file of rules"
            )
        text = file.read_text(encoding="utf-8-sig")
        json = file.suffix.lower() == ".json"
        return of(msgspec.json.decode(text) if json else _dated(tomllib.loads(text)), str(file))
    except FileNotFoundError:
        raise Unknown("there is no such file", where=str(file), remedy="name a TOML or JSON file of rules") from None
    except OSError as error:
        raise Invalid(f"the file cannot be read: {error.strerror}", where=str(file), remedy="check it") from None
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"the rules do not parse: {error}", where=str(file), remedy="correct that line") from None


def of(value: Any, where: str) -> RuleSet:
    """The rules that plain values make.

    Raises:
        Invalid: a field that does not exist, is missing or of another type; the rule is named.
    """
    if not isinstance(value, dict) or not isinstance(value.get("rules", []), list):
        raise Invalid("expected a list of rules", where=where, remedy="write each below [[rules]]; see docs/rules.md")
    for name in value:
        if name not in READ:
            raise Invalid(f"'{name[:80]}' is no part of a set of rules", where=where, remedy="leave it out")
    rules = tuple(_rule(each, place, where) for place, each in enumerate(value.get("rules", []), start=1))
    try:
        return msgspec.convert({"rules": rules, "why": value.get("why", "")}, RuleSet)
    except msgspec.ValidationError as error:
        raise Invalid(plain(error), where=where, remedy="see docs/rules.md") from None


def _rule(value: Any, place: int, where: str) -> MerchantRule:
    try:
        return msgspec.convert(value, MerchantRule)
    except msgspec.ValidationError as error:
        name = value.get("id") if isinstance(value, dict) else None
        called = f" '{name[:80]}'" if isinstance(name, str) else ""
        raise Invalid(f"rule {place}{called}: {plain(error)}", where=where, remedy="see docs/rules.md") from None


def _dated(value: Any) -> Any:
    """Times as TOML has them become texts, as JSON has them."""
    if isinstance(value, dict):
        return {name: _dated(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_dated(each) for each in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def settled(checked: Checked, *, force: bool) -> Checked:
    """The same, where nothing stands against it.

    Raises:
        Refused: rules contradict each other, and nobody forces it.
    """
    if checked.conflicts and not force:
        said = "; ".join(checked.conflicts)
        raise Refused(f"the rules contradict each other: {said}", where="rules", remedy="change them, or say force")
    return checked


def version_of(sets: Sequence[Change], version: int) -> RuleSet:
    """The set of that version, of `sets`.

    Raises:
        Unknown: there is no such version among them.
    """
    for each in sets:
        if each.seq == version and isinstance(each.entry, RuleSet):
            return each.entry
    what, remedy = f"there is no version {version} of the rules", "`lingxi rules list --versions` shows them"
    raise Unknown(what, where="version", remedy=remedy)


def rollback_of(sets: Sequence[Change], *, to: int | None = None, why: str = "", by: str = "") -> RuleSet:
    """The set that takes back what is in force, of `sets` (newest first): what held before it, or version `to` (0: no
    rules). Going back once more goes one step further.

    Raises:
        Refused: there never were rules.
        Unknown: there is no such version among them.
    """
    once = _standing(sets)
    if to is None:
        if len(once) < 2:
            raise Refused("there is nothing to go back to: no rules were set", where="the log", remedy="set some")
        to = once[-2]
    rules = version_of(sets, to).rules if to else ()
    return RuleSet(rules=rules, why=why or f"back to version {to}", by=by, back_to=to)


def _standing(sets: Sequence[Change]) -> list[int]:
    """The versions in force one after the other, 0 for none, without every step that was taken back."""
    once = [0]
    for each in reversed(sets):
        back = each.entry.back_to if isinstance(each.entry, RuleSet) else None
        if back is None:
            once.append(each.seq)
        elif back in once:
            del once[once.index(back) + 1 :]
        else:
            once.append(back)
    return once
