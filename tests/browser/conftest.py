"""A real server with a small shop, and Chromium to visit it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from browser.shop import fill
from lingxi.cli._storefront import Storefront

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_SECONDS = 180.0
PATIENCE_MS = 20_000
"""How long a page may take on a busy machine to show what it must."""
expect.set_options(timeout=PATIENCE_MS)
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="package")
def chromium() -> str:
    """The path of Chromium: LINGXI_CHROMIUM, or as the machine has it."""
    found = os.environ.get("LINGXI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("there is no Chromium; install the package `chromium`, or name it in LINGXI_CHROMIUM")
    if found is None:
        pytest.skip("there is no Chromium; install the package `chromium`, or name it in LINGXI_CHROMIUM")
    return found


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[str]:
    """Where the shop is served; a process of its own, ended with SIGTERM."""
    home = tmp_path_factory.mktemp("home")
    serve = [sys.executable, "-m", "lingxi.cli", "serve", "--home", str(home), "--port", "0"]
    log = home.with_suffix(".log")
    with log.open("wb") as errors, subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=errors, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", server.stdout.readline())
        assert found, log.read_text()
        try:
            Storefront(int(found[1])).wait_ready(None, threading.Event(), READY_SECONDS)
            fill(int(found[1]))
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            server.terminate()
        assert server.wait(15) == 0, log.read_text()


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


def _visit(browser: Browser, address: str, size: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(viewport=size, base_url=address, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(address) else None)
    yield page
    context.close()
    assert wrong == [], "the page fails in the console, or asks another origin"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A new guest's page, 1440 pixels wide."""
    yield from _visit(browser, address, WIDE)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    """A new guest's page, 390 pixels wide."""
    yield from _visit(browser, address, NARROW)
