"""Keys that open the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, get_args

from msgspec import Struct

Scope = Literal["ingest", "recommend", "admin"]
"""What a key may do: send records; ask for slates; everything, a person's data and the models too."""
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


class Key(Struct, frozen=True, kw_only=True):
    """A key as it is listed: never the secret. `name` is what the shop calls it, `prefix` its first characters."""

    id: str
    name: str
    prefix: str
    shop: str
    created: int
    revoked: int | None = None
    rotated: int | None = None
    scopes: tuple[str, ...] = ("admin",)


class Keys(Protocol):
    """The keys of all shops of one home, hashed."""

    def create(self, name: str, shop: str, scopes: Sequence[Scope] = ("admin",)) -> tuple[Key, str]:
        """A new key and its secret, which is shown this once."""
        ...

    def all(self) -> list[Key]:
        """Every key, the revoked too, by creation."""
        ...

    def revoke(self, key: str) -> Key:
        """Closes a key.

        Raises:
            Unknown: there is no such key.
        """
        ...

    def rotate(self, key: str) -> tuple[Key, str]:
        """Gives a key a new secret, which is shown this once; the one before opens nothing from now on.

        Raises:
            Unknown: there is no such key.
            Refused: it was revoked.
        """
        ...

    def opened_by(self, secret: str) -> Key | None:
        """The key that a secret belongs to (constant-time comparison), None if it opens nothing."""
        ...
