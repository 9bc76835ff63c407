"""Merchant rules of a running shop: read, set, tried and taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from lingxi.domain.change import Change
from lingxi.domain.merchandising import RuleSet
from lingxi.recommend.merchandising.check import Checked, check
from lingxi.workflows.rules import rollback_of, settled
from lingxi.workflows.try_rules import Trial, Trying

if TYPE_CHECKING:
    from lingxi.app.engine import Engine


async def versions(engine: Engine) -> list[Change]:
    """The newest sets, first the newest."""
    return await asyncio.to_thread(engine.parts.log.rule_sets)


def checked(engine: Engine, rules: RuleSet) -> Checked:
    """What is to be said of the rules; raises as `check` does."""
    return check(rules, engine.state, engine.settings.shop.timezone, engine.parts.clock.now())


async def put(engine: Engine, rules: RuleSet, *, force: bool) -> tuple[int, Checked]:
    """Puts a set in force, in the place of the one before: its version, and what is to be said of it.

    Raises:
        Invalid: a rule is empty or impossible.
        Refused: rules contradict each other, and nobody forces it.
    """
    said = settled(checked(engine, rules), force=force)
    receipt = await engine.send_entry(msgspec.structs.replace(rules, back_to=None))
    return receipt.seq or 0, said


async def roll_back(engine: Engine, *, to: int | None, why: str, by: str) -> int:
    """Puts in force what was before, or version `to`; the new version.

    Raises:
        Refused: there never were rules.
        Unknown: there is no such version.
    """
    receipt = await engine.send_entry(rollback_of(await versions(engine), to=to, why=why, by=by))
    return receipt.seq or 0


async def tried(engine: Engine, rules: RuleSet, n: int) -> Trial:
    """What the rules would change in the `n` newest slates; others are answered in between.

    Raises:
        Invalid: a rule is empty or impossible.
    """
    said = checked(engine, rules)
    trying = Trying(rules, engine.scene)
    for row in await asyncio.to_thread(engine.parts.slates.newest, n):
        trying.ask(row)
        await asyncio.sleep(0)
    return trying.found(said)
