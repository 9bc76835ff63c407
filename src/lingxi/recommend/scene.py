"""What a slate is made from: live state, live bundle, time, settings, and what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lingxi.domain.errors import Invalid
from lingxi.domain.merchandising import RuleSet
from lingxi.recommend.memory import Memory
from lingxi.recommend.settings import Settings

if TYPE_CHECKING:
    from lingxi.state.shopper import ShopperView
    from lingxi.state.state import State


class Learnt(Protocol):
    """A loaded bundle, as a slate needs it: its id, what answers by the component's name, statistics of features."""

    @property
    def id(self) -> str: ...

    @property
    def runtimes(self) -> Mapping[str, Any]: ...

    @property
    def statistics(self) -> Mapping[str, Any]: ...


class Shared(Protocol):
    """What the processes that serve a shop share of a request's shopper, as it was read for this request."""

    @property
    def cursor(self) -> int:
        """The change up to which it knows what the shopper did; 0 where that is not known."""
        ...

    @property
    def gone(self) -> bool:
        """Whether it could not be read."""
        ...

    def shopper(self, state: State, user: str | None, session: str | None) -> ShopperView | None:
        """What is known of the shopper, there or in the state."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """One shop at one time. `now` is µs UTC; `memory` outlives the request; `timezone` is the shop's (IANA name);
    `rules` stand in for the merchant rules of the state: a trial of others; `shared` is what other processes may
    know of the request's shopper before this one."""

    state: State
    bundle: Learnt | None
    now: int
    settings: Settings = field(default_factory=Settings)
    memory: Memory = field(default_factory=Memory)
    timezone: str = "UTC"
    rules: RuleSet | None = None
    shared: Shared | None = None

    def shopper(self, user: str | None, session: str | None) -> ShopperView | None:
        """What is known of a shopper; None for who was never seen."""
        return (
            self.state.shopper(user, session) if self.shared is None else self.shared.shopper(self.state, user, session)
        )

    @property
    def seq(self) -> int:
        """The change up to which the answer knows what the shopper did, and all else up to the state's own."""
        return self.state.cursor if self.shared is None else max(self.state.cursor, self.shared.cursor)

    @property
    def local(self) -> int:
        """What a clock on the shop's wall says, as µs since 1970."""
        return local_time(self.now, self.timezone)


def local_time(now: int, timezone: str) -> int:
    """The time on the wall of that zone at `now` (µs UTC), as µs since 1970.

    Raises:
        Invalid: there is no such zone.
    """
    if timezone == "UTC":
        return now
    offset = datetime.fromtimestamp(now // 1_000_000, _zone(timezone)).utcoffset()
    return now + (0 if offset is None else offset // timedelta(microseconds=1))


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        what, remedy = f"'{name[:80]}' is no time zone", "set it to an IANA name, such as Asia/Shanghai"
        raise Invalid(what, where="shop.timezone", remedy=remedy) from None
