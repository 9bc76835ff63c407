"""The users of a shop, as they were posted."""

from __future__ import annotations

from typing import Final

from lingxi.app.parts import Parts
from lingxi.domain.user import User

AT_A_TIME: Final = 500


def posted_users(parts: Parts, limit: int, offset: int) -> list[User]:
    """Users that were posted, in the order in which they were first named."""
    log = parts.log
    ids = [each[2:] for each in log.shopper_ids() if each.startswith("u:")]
    found: list[User] = []
    for start in range(0, len(ids), AT_A_TIME):
        part = ids[start : start + AT_A_TIME]
        users = log.users(part)
        found += [users[each] for each in part if each in users]
        if len(found) >= offset + limit:
            break
    return found[offset : offset + limit]
