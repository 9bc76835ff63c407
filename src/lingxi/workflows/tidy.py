"""Deletes what is older than the shop keeps it: slates, quarantine, idle guests and users, models, snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from msgspec import Struct

from lingxi.domain.bundle import Manifest
from lingxi.domain.change import Release
from lingxi.workflows.forget import Ground, begin_many
from lingxi.workflows.receipts import Forgotten
from lingxi.workflows.workroom import drop_left

DAY: Final = 86_400_000_000
RELEASES: Final = 5
"""Releases whose models are kept however old they are, so that a rollback finds them."""


class Periods(Protocol):
    """How long each kind of data is kept; 0 for ever."""

    @property
    def quarantine_days(self) -> int: ...

    @property
    def guests_days(self) -> int: ...

    @property
    def users_days(self) -> int: ...

    @property
    def bundles(self) -> int: ...


class Tidied(Struct, frozen=True, kw_only=True):
    """What was deleted, by kind; the receipt of who was forgotten, if anybody was."""

    days_of_slates: int
    quarantine: int
    guests: int
    users: int
    bundles: list[str]
    snapshots: int
    receipt: Forgotten | None = None


def tidy(ground: Ground, periods: Periods, receipt: str, now: int) -> Tidied:
    """Applies the periods at `now` (µs UTC); who is forgotten is erased under `receipt`, and `forget.finish` is due."""
    guests = list(_idle(ground, periods.guests_days, now, sessions=True))
    users = list(_idle(ground, periods.users_days, now, sessions=False))
    return Tidied(
        days_of_slates=ground.slates.expire(now),
        quarantine=ground.quarantine.expire(now - periods.quarantine_days * DAY) if periods.quarantine_days else 0,
        guests=len(guests),
        users=len(users),
        bundles=_drop_bundles(ground, periods.bundles),
        snapshots=drop_left(ground.folder, now - DAY),
        receipt=begin_many(ground, [*guests, *users], receipt, now) if guests or users else None,
    )


def _idle(ground: Ground, days: int, now: int, *, sessions: bool) -> Iterator[dict[int, str]]:
    """Persons who did nothing for so many days under any of their ids."""
    if not days:
        return
    idle = dict(ground.log.idle(now - days * DAY, sessions=sessions))
    done: set[int] = set()
    for no, name in idle.items():
        if no in done:
            continue
        person = ground.log.person(name)
        done |= set(person)
        if all(other in idle or each.startswith("s:") for other, each in person.items()):
            yield person


def _drop_bundles(ground: Ground, kept: int) -> list[str]:
    """Deletes all but the newest models and those of the newest releases."""
    bundles: list[Manifest] = ground.bundles.all()
    if not kept or len(bundles) <= kept:
        return []
    released = [each.entry for each in ground.log.releases(RELEASES) if isinstance(each.entry, Release)]
    needed = {name for each in released for name in (each.bundle, each.previous)}
    gone = [each.id for each in bundles[:-kept] if each.id not in needed]
    for name in gone:
        ground.bundles.remove(name)
    return gone
