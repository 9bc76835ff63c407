"""The items are not shown."""

from __future__ import annotations

from lingxi.recommend.merchandising.effects._effect import Effect


class Blocked(Effect):
    """Never shown to whom the rule means."""

    def removes(self, *, meant: bool) -> bool:
        """Whom it means."""
        return meant


EFFECT = Blocked()
