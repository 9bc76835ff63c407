"""Keys that open the API."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Key(Struct, frozen=True, kw_only=True):
    """A key as it is listed: never the secret. `name` is what the shop calls it, `prefix` its first characters."""

    id: str
    name: str
    prefix: str
    shop: str
    created: int
    revoked: int | None = None


class Keys(Protocol):
    """The keys of all shops of one home, hashed."""

    def create(self, name: str, shop: str) -> tuple[Key, str]:
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

    def shop_of(self, secret: str) -> str | None:
        """The shop that a secret opens (constant-time comparison), None if it opens none."""
        ...
