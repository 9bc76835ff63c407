"""What becomes of the connection to a Valkey that refuses."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from lingxi.domain.errors import Unavailable
from lingxi.ports.shoppers import Held
from real_valkey import Door, RealValkey, door, valkey

pytest.importorskip("hiredis")

from lingxi.backends.shoppers import valkey as backend
from lingxi.backends.shoppers import valkeys
from lingxi.backends.shoppers._wire import Address, Wire

__all__ = ["door", "valkey"]
TRIES = 40


async def told(server: RealValkey, *command: str) -> None:
    """Says something to the server beside the store."""
    address = Address(server.url)
    wire = Wire(str(address), 1.0)
    await asyncio.get_running_loop().create_connection(lambda: wire, address.host, address.port)
    await wire.ask(*command)
    wire.close()


@pytest.mark.parametrize(
    ("breaks", "mends"),
    [
        (("SCRIPT", "FLUSH"), ()),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
)
def test_a_server_that_refuses_is_asked_anew(
    valkey: RealValkey, breaks: tuple[str, ...], mends: tuple[str, ...]
) -> None:
    """Given a server that lost the scripts, or follows another for a while, when it refuses, the store says so, and
    works again by itself once the server does."""

    async def story() -> None:
        store = backend.open_shoppers(valkey.url, uuid4().hex)
        await store.apply(-1, 5, {}, anew=True)
        await told(valkey, *breaks)
        with pytest.raises(Unavailable, match="refused"):
            await store.apply(5, 6, {})
        if mends:
            await told(valkey, *mends)
        for _ in range(TRIES):
            try:
                held = await store.apply(5, 6, {})
                break
            except Unavailable:
                await asyncio.sleep(0.05)
        assert held == Held(5, 6)
        await store.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, story()).result()


def test_a_certificate_that_nobody_here_trusts_is_refused(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        store = valkeys.open_shoppers(door.url, uuid4().hex)
        with pytest.raises(Unavailable, match="is not there"):
            await store.read({})
        await store.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, story()).result()

    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
