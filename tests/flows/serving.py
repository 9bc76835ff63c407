"""A real server in a process of its own, for tests that talk to it over HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

PATIENCE = 60.0


class Serving:
    """`lingxi serve` on a free port; a context manager that ends it. `within` is a command that it is started by."""

    def __init__(
        self, home: Path, *arguments: str, key: str | None = None, within: Sequence[str] = (), **variables: str
    ) -> None:
        self.home = home
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LINGXI_")}
        self._errors = (home.parent / f"{home.name}.stderr").open("w+")
        self.process = subprocess.Popen(
            [*within, sys.executable, "-m", "lingxi.cli", "serve", "--home", str(home), "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**clean, "OMP_NUM_THREADS": "1", **variables},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        found = re.search(r"http://\S+:\d+", first)
        assert found, f"no address: {first!r}; {self.errors()}"
        self.url = found.group()
        self.http = httpx.Client(base_url=self.url, timeout=30, headers={"x-lingxi-key": key} if key else {})

    def ready(self) -> Self:
        """Returns when it is ready."""
        return self.until(lambda: self.http.get("/health/ready").status_code == httpx.codes.OK)

    def until(self, true: object) -> Self:
        """Asks again until it is true."""
        end = time.monotonic() + PATIENCE
        assert callable(true)
        while not true():
            assert time.monotonic() < end, f"it never came true; {self.errors()}"
            assert self.process.poll() is None, f"the server ended; {self.errors()}"
        return self

    def errors(self) -> str:
        """What it wrote to stderr."""
        self._errors.flush()
        self._errors.seek(0)
        return self._errors.read()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.http.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end(signal.SIGKILL)
        self._errors.close()
