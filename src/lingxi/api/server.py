"""A process that serves: our event loop, Granian's sockets, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server as Granian

from lingxi.api.door import is_loopback
from lingxi.api.measure import Measured
from lingxi.api.metrics import look_on
from lingxi.api.sibling import Sibling
from lingxi.app import Home
from lingxi.app.takeover import give_back
from lingxi.domain.errors import Refused, Unavailable

SWITCH_SECONDS: Final = 0.002
"""How long the writer's thread may keep the interpreter from the loop."""
RETRY_SECONDS: Final = 0.5
COLLECTED: Final = (1_000, 2, 2_500)
"""When the collector of cycles looks: what is remembered of shoppers is many objects and hardly any cycle, and with
Python's usual thresholds it took a tenth of a slate. A second look, at 2,000 to 3,000 of them, takes one to four
milliseconds; looks at more would be fewer, and hold up the loop for longer each."""
GRACE_SECONDS: Final = 2.5
"""Of the ten seconds, what saving the state may take after the open requests had theirs."""

TAKEN_SECONDS: Final = 5.0
"""How long a server looks for itself on its port before it says that it listens."""
BACKLOG: Final = 1_024
"""Connections that may wait to be taken."""
OWN_FILES: Final = 256
"""Files that a process opens beside its connections, at most."""

_logger = logging.getLogger(__name__)


def check_address(host: str, open_to_all: bool) -> None:
    """Raises:
    Refused: without a key only this machine is served.
    """
    if open_to_all and not is_loopback(host):
        raise Refused(
            f"without a key only this machine is served, not {host}",
            where="server.host",
            remedy="make a key with `lingxi key create NAME`, or listen on 127.0.0.1",
        )


async def serve(
    home: Home, app: Measured, listening: Callable[[str, int], None], sibling: Sibling | None = None
) -> None:
    """Serves until SIGINT or SIGTERM, then drains: at most ten seconds.

    `listening` is told the address once requests are answered; the shops are opened behind it, and
    `/health/ready` says when they are. As a `sibling` it shares the port of the settings, and tells when it is ready.
    """
    settings = home.settings.server
    check_address(settings.host, home.open_to_all)
    sys.setswitchinterval(SWITCH_SECONDS)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, ended.set)
    port = free_port(settings.host, settings.port) if sibling is None else settings.port
    granian = Granian(
        app,
        address=settings.host,
        port=port,
        interface=Interfaces.ASGINL,
        backlog=BACKLOG,
        backpressure=connections(settings.connections),
        log_enabled=False,
        websockets=False,
    )
    starting = asyncio.create_task(_start(home))
    stopping = asyncio.create_task(ended.wait())
    if sibling is not None:
        looking = asyncio.create_task(look_on(home, app))
        sibling.begin(home, starting, ended)
        if sibling.late:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    serving = asyncio.create_task(granian.serve())
    if await _taken(serving, settings.host, port):
        listening(settings.host, port)
    first = {serving, starting, stopping}
    while not (stopping.done() or serving.done() or (starting.done() and starting.exception())):
        _, first = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    if serving.done() and serving.exception() is not None:
        raise _cannot_listen(settings.host, port, serving.exception())
    await _drain(home, app, starting)
    if sibling is not None:
        looking.cancel()
    granian.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait({serving}, timeout=1.0)
    if starting.done() and not starting.cancelled() and (error := starting.exception()) is not None:
        raise error


async def _taken(serving: asyncio.Task[None], host: str, port: int) -> bool:
    """Returns True once connections to the port are taken, for a name under which nobody is reached yet is no place to
    send somebody to; False where `serving` ends before."""
    until = time.monotonic() + TAKEN_SECONDS
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            if time.monotonic() > until:
                return True  # it may be that this host can't be reached from here
            await asyncio.sleep(0.005)
        else:
            writer.close()
            return True
    return False


async def _start(home: Home) -> None:
    """Opens the shops; what cannot be opened now is tried again, for it may recover by itself."""
    while True:
        try:
            await home.start()
            break
        except Unavailable as error:
            if str(error) != str(home.fault):
                _logger.warning("%s", error)
            home.fault = error
            await asyncio.sleep(RETRY_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    await asyncio.to_thread(give_back)  # what opening the shops took and let go of


async def _drain(home: Home, app: Measured, starting: asyncio.Task[None]) -> None:
    """Takes nothing new, lets open requests end, stores what waits, saves the state."""
    began = time.monotonic()
    starting.cancel()
    home.draining = True
    until = began + home.settings.server.drain_seconds
    while app.open and time.monotonic() < until:
        await asyncio.sleep(0.01)
    if app.open:
        _logger.warning("%s requests are cut off", app.open)
    await home.stop(GRACE_SECONDS)


def free_port(host: str, port: int = 0) -> int:
    """The port, if nobody listens on it; for 0, one that nobody does.

    Granian shares its port with whoever asks for it; two servers of one home must not.

    Raises:
        Unavailable: somebody listens there, or the address is not of this machine.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise _cannot_listen(host, port, error.strerror) from None
        return int(probe.getsockname()[1])


def connections(asked: int) -> int:
    """How many connections may be open: those asked for, or as many as the system lets the process open.

    A connection is one of the process's open files. The limit of those is raised as far as it goes, and told where it
    is too low.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return asked
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = asked + OWN_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return asked
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        _logger.warning("at most %d connections, not %d: raise `ulimit -n`", max(8, most - OWN_FILES), asked)
    return max(8, most - OWN_FILES)


def _cannot_listen(host: str, port: int, why: object) -> Unavailable:
    remedy = "stop what listens there, or choose another with --port"
    return Unavailable(f"cannot listen on {host}:{port}: {why}", where="server.port", remedy=remedy)
