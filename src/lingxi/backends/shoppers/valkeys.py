"""The same over TLS: `valkeys://host:6379/0`. The server's certificate must be one that this machine trusts."""

from __future__ import annotations

from lingxi.backends.shoppers._valkey import ValkeyShoppers
from lingxi.backends.shoppers._wire import Address


def open_shoppers(url: str, shop: str) -> ValkeyShoppers:
    """See `valkey.open_shoppers`.

    Raises:
        Invalid: the URL cannot be read.
    """
    return ValkeyShoppers(Address(url, encrypted=True), shop)
