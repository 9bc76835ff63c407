"""A state that is replaced is gone at once: the server's collector of cycles looks seldom."""

from __future__ import annotations

import gc
import weakref

from lingxi.domain.slate import Query
from small_shop import grocer


def test_a_state_is_freed_without_the_collector() -> None:
    """Given a shop that answered slates, when its state is let go, then nothing holds it, though no cycle is looked
    for."""
    shop = grocer()
    shop.ask(Query(user="ann", n=9))
    shop.ask(Query(surface="trending", n=9))
    kept = weakref.ref(shop.state)
    gc.disable()
    try:
        del shop
        assert kept() is None
    finally:
        gc.enable()
