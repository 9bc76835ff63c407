"""What the processes that serve a shop share of its shoppers: a row each, as the changes up to one cursor say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

NOBODY: Final[Mapping[str, int]] = MappingProxyType({})


class Held(NamedTuple):
    """Where the rows are: every shopper whom a change with since < `seq` ≤ cursor is about has a row of that `cursor`,
    or none if there is nothing to know. Both are −1 where nothing was ever kept."""

    since: int
    cursor: int


class Found(NamedTuple):
    """Where the rows were, and those that were asked for and are newer than what is known: by shopper."""

    held: Held
    rows: dict[str, bytes]


class Shoppers(Protocol):
    """One shop's shared shoppers, by name. Nothing is kept for ever: a row that nobody wrote for long is let go.

    A row begins with the `seq` of the shopper's last change, eight bytes, the least first.

    Every method raises Unavailable where the store does not answer in time; nothing need be done for it to recover.
    """

    async def read(self, known: Mapping[str, int]) -> Found:
        """Of these shoppers the rows whose `seq` is greater than the one that is known; one round trip."""
        ...

    async def apply(
        self, begins: int, ends: int, rows: Mapping[str, bytes], gone: Mapping[str, int] = NOBODY, *, anew: bool = False
    ) -> Held:
        """Takes the rows of those whom a change with begins < `seq` ≤ ends is about and moves the cursor to `ends`, all
        at once; where the cursor is not at `begins` it takes none. Returns where it is then: who finds the cursor at
        another place than `ends` was refused.

        The rows of who is `gone` since a `seq` are let go wherever the cursor is, unless they tell of a later change:
        who comes first to that cursor may have folded the shopper's acts after they were forgotten, and then does not
        know whom they were of.

        With `anew` the rows are all that is known: `since` is `ends` then.
        """
        ...

    async def close(self) -> None:
        """Releases what is held."""
        ...
