"""Commands that a command starts: each in the same process group, none left behind."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from lingxi.domain.errors import Unavailable

DRAIN_SECONDS: Final = 12.0
"""A server drains within ten seconds; what is still there after that is killed."""
POLL_SECONDS: Final = 0.1

Process = subprocess.Popen[bytes]


def command(*arguments: str) -> list[str]:
    """A `lingxi` command with this interpreter."""
    return [sys.executable, "-m", "lingxi.cli", *arguments]


class Children:
    """Starts commands and ends all of them on leaving."""

    def __init__(self) -> None:
        self._running: dict[Process, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(DRAIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, arguments: list[str], *, quiet: bool = False, log: Path | None = None) -> Process:
        """Starts a command; what it prints goes to the terminal, to nobody (`quiet`) or into `log`."""
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(log.open("wb")) if log is not None else None
            out = subprocess.DEVNULL if quiet else file
            # The arguments are this interpreter's own command, never a visitor's words.
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=file)  # noqa: S603
        self._running[process] = name
        return process

    def finish(self, name: str, arguments: list[str], ended: threading.Event, *, quiet: bool = False) -> None:
        """Runs a command to its end.

        Raises:
            Unavailable: it failed, or `ended` was set meanwhile.
        """
        self._check(self.start(name, arguments, quiet=quiet), ended)

    def attempt(self, name: str, arguments: list[str], ended: threading.Event, log: Path | None) -> bool:
        """Runs a command to its end; whether it succeeded.

        Raises:
            Unavailable: `ended` was set, or another command ended, meanwhile.
        """
        process = self.start(name, arguments, log=log)
        code = self._end(process, ended)
        return code == 0

    def wait(self, process: Process, ended: threading.Event) -> None:
        """Waits until the process ends or `ended` is set.

        Raises:
            Unavailable: the process failed.
        """
        while not ended.wait(POLL_SECONDS) and process.poll() is None:
            pass
        if not ended.is_set():
            self._check(process, ended)

    def _check(self, process: Process, ended: threading.Event) -> None:
        name = self._running[process]
        code = self._end(process, ended)
        if code != 0:
            raise Unavailable(f"{name} ended with {code}", where="lingxi demo", remedy="see above; run it again")

    def _end(self, process: Process, ended: threading.Event) -> int:
        others = [each for each in self._running if each is not process]
        while (code := process.poll()) is None:
            if ended.wait(POLL_SECONDS):
                raise Unavailable("interrupted", where=self._running[process])
            for other in others:
                if other.poll() is not None:
                    what = f"{self._running[other]} ended with {other.returncode}"
                    raise Unavailable(what, where="lingxi demo", remedy="see above; run it again")
        del self._running[process]
        return code
