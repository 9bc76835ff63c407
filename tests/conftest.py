"""What comes before all tests: on a fresh machine every process would compile the same kernels at the same time."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading

import pytest

from lingxi.cli._storefront import Storefront

READY_SECONDS = 300.0


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where workers share the tests, a server is opened once before them: it compiles what it answers with, and that is
    kept for all."""
    if hasattr(session.config, "workerinput") or not session.config.getoption("numprocesses", None):
        return
    with tempfile.TemporaryDirectory() as home:
        serve = [sys.executable, "-m", "lingxi.cli", "serve", "--home", home, "--port", "0"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", server.stdout.readline())
            try:
                if found:
                    Storefront(int(found[1])).wait_ready(None, threading.Event(), READY_SECONDS)
            finally:
                server.terminate()
