"""Shared shoppers on Valkey, as they come and go on a network that nobody listens to: `valkey://host:6379/0`."""

from __future__ import annotations

from lingxi.backends.shoppers._valkey import ValkeyShoppers
from lingxi.backends.shoppers._wire import Address


def open_shoppers(url: str, shop: str) -> ValkeyShoppers:
    """Those of the shop of that name on the server at the URL; nothing is asked of it yet.

    Raises:
        Invalid: the URL cannot be read.
    """
    return ValkeyShoppers(Address(url), shop)
