"""The page of `lingxi inspect --html`, opened from disk as a person would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lingxi.cli.main import run
from looked_at import fill


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small shop, with a comparison."""
    folder = tmp_path_factory.mktemp("inspection")
    fill(folder / "home")
    page = folder / "page.html"
    assert run(["inspect", "--home", str(folder / "home"), "--html", str(page), "--against", "28d"]) == 0
    return page


@pytest.fixture(params=[(1440, "light"), (820, "light"), (390, "dark")], ids=["wide", "tablet", "dark phone"])
def opened(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Page]:
    """The page, offline; nothing may fail in the console or ask for anything."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    page.goto(file.as_uri())
    yield page
    context.close()
    assert wrong == []


def test_the_page_fits_and_every_chart_is_seen(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") <= opened.viewport_size["width"]
    expect(opened.get_by_role("heading", name="What follows from this")).to_be_visible()
    charts = opened.locator(".side figure svg")
    assert charts.count() >= 15
    for box in charts.evaluate_all("all => all.map(each => each.getBoundingClientRect().toJSON())"):
        assert box["width"] > 200
        assert box["height"] > 40
    # letters in charts stay readable on a phone
    sizes = charts.evaluate_all(
        "all => all.flatMap(each => [...each.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text)"
        ".fontSize) * each.getBoundingClientRect().width / each.viewBox.baseVal.width))"
    )
    assert min(sizes) >= 8.5


def test_the_language_is_switched_in_text_and_charts(opened: Page) -> None:
    heading = opened.locator("#follows h2")
    expect(heading).to_have_text("What follows from this由此得出")
    assert heading.inner_text() == "What follows from this"
    opened.locator("label[for=tongue-zh]").click()
    assert heading.inner_text() == "由此得出"
    words = opened.locator("#volume svg text").evaluate_all(
        "all => all.map(each => [...each.children].filter(part => getComputedStyle(part).display !== 'none')"
        ".map(part => part.textContent).join(''))"
    )
    assert "周一" in words
    assert "Mon" not in words


def test_letters_stand_out_from_the_paper_in_light_and_dark(opened: Page) -> None:
    contrast = """() => {
      const lum = c => { const [r, g, b] = c.match(/\\d+(\\.\\d+)?/g).slice(0, 3).map(v => { v /= 255;
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const card = lum(getComputedStyle(document.querySelector('figure')).backgroundColor);
      return [...document.querySelectorAll('figcaption, figure h3, figure svg text')].map(each => {
        const style = getComputedStyle(each); const ink = lum(each.tagName === 'text' ? style.fill : style.color);
        return (Math.max(ink, card) + 0.05) / (Math.min(ink, card) + 0.05); });
    }"""
    assert min(opened.evaluate(contrast)) >= 4.5
