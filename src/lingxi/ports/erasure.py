"""What a log must offer so that a person can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol


class Erasing(Protocol):
    """A log that can forget shoppers.

    A shopper is named as the log interns it: `u:<user>` or `s:<session>`. Of an erased change only its `seq` stays.
    """

    def person(self, shopper: str) -> dict[int, str]:
        """Everyone who is the same person, by number: the shopper, who is joined to them by an alias, and for a user
        the sessions that no other user shared. Empty for who was never seen."""
        ...

    def idle(self, before: int, *, sessions: bool) -> Iterator[tuple[int, str]]:
        """Users, or sessions that were never a user's, who did nothing at or after `before` (µs UTC) but were there."""
        ...

    def erase(self, shoppers: Mapping[int, str], received: int) -> tuple[int, dict[str, int]]:
        """Erases every change of these shoppers and all that tells their ids, durably, and appends an Erasure.

        Returns its `seq` and how many events, versions of users, aliases, ids and records there were. Killed in
        the middle it leaves some of it erased; the same call again erases the rest.

        Raises:
            Unavailable: the disk is full, the database locked.
        """
        ...

    def scrub(self, *, whole: bool = False) -> bool:
        """Empties what the database keeps of erased rows beside its file; False where somebody is in the way now.

        `whole` writes the file itself anew; appends wait meanwhile.
        """
        ...
