"""Processes that serve one home on one port, under a parent that answers nobody."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Final, NamedTuple

from prometheus_client.multiprocess import mark_process_dead

from lingxi.api.sibling import ALL_READY, READY
from lingxi.app import Seat

DRAIN_SECONDS: Final = 12.0
"""A process drains within ten seconds; what is still there after that is killed."""
QUICK_SECONDS: Final = 5.0
"""A process that ends so soon after its start ends again: the next one waits, each time longer."""
LONGEST_SECONDS: Final = 10.0

_logger = logging.getLogger(__name__)


class Running(NamedTuple):
    """A process, what leads to it, and when it began (`time.monotonic`)."""

    process: BaseProcess
    end: Connection
    began: float


@dataclass(slots=True)
class Child:
    """One place in the row: who fills it; else when it is `due`. `quick`: how often in a row it ended at once."""

    seat: Seat
    running: Running | None = None
    due: float = 0.0
    quick: int = 0
    ready: bool = False


class Processes:
    """Starts `count` processes and keeps them until it is told to end.

    Each calls `serve` with the arguments, its seat, whether others answer already, and what leads here.
    """

    def __init__(self, serve: Callable[..., None], arguments: tuple[Any, ...], count: int) -> None:
        self._serve, self._arguments = serve, arguments
        self._children = [Child(Seat(number, count, os.getpid())) for number in range(1, count + 1)]
        self._spawning = multiprocessing.get_context("spawn")
        self._woken, self._wake = os.pipe()
        self._ended = False
        self._were_ready = False
        self._code = 0

    def run(self, heard: Callable[[str], None]) -> int:
        """Returns the exit code once all have ended; `heard` is told each word that one of them says."""
        before = {each: signal.signal(each, self._end) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self._ended:
                self._start_those_due()
                self._listen(heard)
        finally:
            self._drain()
            for each, handler in before.items():
                signal.signal(each, handler)
        return self._code

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ended = True
        os.write(self._wake, b".")

    def _start_those_due(self) -> None:
        for child in self._children:
            if child.running is None and child.due <= time.monotonic():
                self._start(child)

    def _start(self, child: Child) -> None:
        end, other = self._spawning.Pipe()
        arguments = (*self._arguments, child.seat, self._were_ready, other)
        process = self._spawning.Process(target=self._serve, args=arguments, name=f"serving-{child.seat.number}")
        process.start()
        other.close()
        child.running = Running(process, end, time.monotonic())

    def _listen(self, heard: Callable[[str], None]) -> None:
        """Waits until something happens: a word, an end, a signal, a start that is due."""
        ends = {child.running.end: child for child in self._children if child.running is not None}
        dues = [child.due for child in self._children if child.running is None]
        timeout = max(0.0, min(dues) - time.monotonic()) if dues else None
        for each in wait([self._woken, *ends], timeout):
            child = ends.get(each) if isinstance(each, Connection) else None
            if child is not None and child.running is not None:
                self._hear(child, child.running, heard)

    def _hear(self, child: Child, running: Running, heard: Callable[[str], None]) -> None:
        try:
            word = running.end.recv()
        except (EOFError, OSError):
            self._gone(child, running)
            return
        heard(word)
        if word == READY:
            child.ready = True
            self._tell_if_all_are_ready()

    def _tell_if_all_are_ready(self) -> None:
        """Once they all were, one that is started again keeps nobody from being asked."""
        self._were_ready = self._were_ready or all(each.ready for each in self._children)
        if self._were_ready:
            for each in self._children:
                if each.running is not None:
                    _tell(each.running.end, ALL_READY)

    def _gone(self, child: Child, running: Running) -> None:
        """A process has ended: it is started again, unless it never came up."""
        running.process.join()
        running.end.close()
        mark_process_dead(running.process.pid)  # type: ignore[no-untyped-call]
        code = running.process.exitcode or 0
        if not child.ready and not self._were_ready:
            self._ended, self._code = True, code if code > 0 else 1
        child.quick = child.quick + 1 if time.monotonic() - running.began < QUICK_SECONDS else 0
        pause = min(0.5 * 2**child.quick, LONGEST_SECONDS) if child.quick else 0.0
        child.running, child.ready, child.due = None, False, time.monotonic() + pause
        if not self._ended:
            _logger.warning("process %d ended with %d; it is started again", child.seat.number, code)

    def _drain(self) -> None:
        """Ends all of them, in order; what does not end in time is killed."""
        running = [child.running.process for child in self._children if child.running is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + DRAIN_SECONDS
        for process in running:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                _logger.warning("%s does not end and is killed", process.name)
                process.kill()
                process.join()
        os.close(self._woken)
        os.close(self._wake)


def _tell(end: Connection, word: str) -> None:
    try:
        end.send(word)
    except OSError:
        return


def held(host: str, port: int) -> socket.socket:
    """A socket that holds the port for the processes that share it: it is bound and does not listen."""
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((host.strip("[]"), port))
    return holder
