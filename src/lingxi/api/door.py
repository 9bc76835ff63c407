"""Who may come in, and to which shop: the key decides.

Where no key exists, only this machine is served; a page of another site that a browser on it shows is kept out by its
`Host` and `Origin`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from litestar import Request

from lingxi.api.doc import KEY, Doc
from lingxi.app import DEFAULT_SHOP, Engine, Home
from lingxi.domain.errors import Forbidden, Invalid, Refused, Unauthorized
from lingxi.ports.keys import Key

HEADER: Final = "x-lingxi-key"
TRUST_SECONDS: Final = 1.0
"""How long a key that was valid is let in unasked, and so how long a revoked one still works."""
REMEMBERED: Final = 4_096
REMEDY: Final = f"send 'Authorization: Bearer lx_…' or '{HEADER}: lx_…'; `lingxi key create` makes one"


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Door:
    """Lets requests in to their shop's engine."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._trusted: dict[bytes, tuple[Key, float]] = {}
        self._open: tuple[bool, float] = (False, 0.0)

    async def engine(self, headers: Mapping[str, str], doc: Doc) -> Engine:
        """The engine of the shop that the key in the headers opens, for a route that says of itself what `doc` does.

        Raises:
            Unauthorized: no key, or one that opens nothing.
            Forbidden: the key has none of the scopes that the route asks for.
            Refused: no key exists, and the request does not come from a page or program of this machine.
        """
        secret = _secret(headers)
        shop = self._without_key(headers) if secret is None else self._with_key(secret, doc)
        found = self._home.engines.get(shop)
        return found if found is not None and not self._home.draining else await self._home.engine(shop)

    def _with_key(self, secret: str, doc: Doc) -> str:
        trusted = self._trusted.get(_digest(secret))
        key = self._asked(secret) if trusted is None or trusted[1] <= time.monotonic() else trusted[0]
        if "admin" not in key.scopes and not set(doc.scopes) & set(key.scopes):
            what = f"key '{key.id}' may {' and '.join(key.scopes)}, this asks for {' or '.join(doc.scopes)}"
            raise Forbidden(what, where="key", remedy="use another key: `lingxi key create NAME --scope …`")
        return key.shop

    def _asked(self, secret: str) -> Key:
        key = self._home.keys.opened_by(secret)
        if key is None:
            self._trusted.pop(_digest(secret), None)
            raise Unauthorized("the key opens no shop", where="key", remedy=REMEDY)
        if len(self._trusted) >= REMEMBERED:
            self._trusted.clear()
        self._trusted[_digest(secret)] = (key, time.monotonic() + TRUST_SECONDS)
        return key

    def _without_key(self, headers: Mapping[str, str]) -> str:
        now = time.monotonic()
        if self._open[1] < now:
            self._open = (self._home.open_to_all, now + TRUST_SECONDS)
        if not self._open[0]:
            raise Unauthorized("this shop is opened by a key", where="key", remedy=REMEDY)
        host = headers.get("host", "localhost")
        if not is_loopback(_without_port(host)):
            raise Refused(f"without a key only this machine is served, not '{host[:80]}'", where="host", remedy=REMEDY)
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            what = f"a page of '{origin[:80]}' may not use this shop without a key"
            raise Refused(what, where="origin", remedy=REMEDY)
        return DEFAULT_SHOP


def _secret(headers: Mapping[str, str]) -> str | None:
    if given := headers.get(HEADER):
        return given
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() == "bearer" else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.rpartition(":")[0] or host


async def engine_of(request: Request[Any, Any, Any]) -> Engine:
    """The engine that answers this request.

    Raises:
        Invalid: the route takes no query parameters, and the request has some; else as `Door.engine` does.
    """
    door: Door = request.app.state["door"]
    doc: Doc = request.route_handler.opt[KEY]
    engine = await door.engine(request.headers, doc)
    if request.scope["query_string"] and doc.query is None:
        raise Invalid("this call takes no query parameters", where="query", remedy="see /docs for what it takes")
    return engine
