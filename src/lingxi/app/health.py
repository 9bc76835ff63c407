"""Whether a shop can be served now, and what keeps it from that."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from lingxi.app.sending import Sending
from lingxi.domain.errors import LingxiError

PROBE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the shop can be served now; if not, why."""

    ready: bool
    why: str = ""
    remedy: str = ""


async def health_of(sending: Sending, *, missing: str) -> Health:
    """Whether it can serve and store now: what is wrong is looked for, not remembered. `missing` says what it still
    waits for, empty once it has all."""
    if sending.closing:
        return Health(False, "the server is shutting down", "ask another one")
    if sending.fault is not None:
        return Health(False, str(sending.fault), "start the server again")
    if missing:
        return Health(False, missing, "wait")
    try:
        await asyncio.wait_for(sending.probe(), PROBE_SECONDS)
    except TimeoutError:
        return Health(False, "the log does not answer", "see whether another process holds the database")
    except LingxiError as error:
        return Health(False, error.what + (f" ({error.where})" if error.where else ""), error.remedy)
    return Health(True)
