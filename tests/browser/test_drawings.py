"""What is drawn and what is said: every category has an icon, every sentence is in both languages."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

WEB = files("lingxi.web")
SPRITE = (WEB / "static" / "icons.svg").read_text(encoding="utf-8")
DRAWN = set(re.findall(r'<symbol id="(\w+)"', SPRITE))


def ask(page: Page, script: str, argument: Any = None) -> Any:
    """What a script of the page answers."""
    page.goto("/")
    return page.evaluate(script, argument)


def test_every_category_of_the_data_set_has_a_drawn_icon(page: Page) -> None:
    # Given the categories of the demo's data set
    table = (files("lingxi.datasets") / "completejourney_categories.tsv").read_text(encoding="utf-8")
    categories = [f"Grocery > {line.split(chr(9))[1]}" for line in table.splitlines()]
    # When each is given its icon
    chosen = ask(
        page,
        "async all => { const { iconOf } = await import('/static/js/icons.js'); return all.map(iconOf); }",
        categories,
    )
    # Then each is drawn, hardly any is the plain basket, and there are many different ones
    assert set(chosen) <= DRAWN
    assert chosen.count("basket") < len(chosen) / 20
    assert len(set(chosen)) > 80


def test_every_aisle_names_drawn_icons(page: Page) -> None:
    aisles = ask(page, "async () => (await import('/static/js/icons.js')).AISLES")
    assert {aisle["icon"] for aisle in aisles} <= DRAWN
    assert {icon for aisle in aisles for icon in aisle["icons"]} <= DRAWN


def test_every_sentence_is_said_in_two_languages(page: Page) -> None:
    # Given every word that a script or a template says
    used: set[str] = set()
    for folder in (WEB / "templates", WEB / "static" / "js", WEB / "static" / "js" / "pages"):
        for file in folder.iterdir():
            if file.is_file():
                text = file.read_text(encoding="utf-8")
                used |= set(re.findall(r'say\("(\w+)"', text)) | set(re.findall(r'data-word="(\w+)"', text))
    # When it is said in English and in Chinese
    script = """async words => {
        const { say, speak } = await import('/static/js/words.js');
        return ['en', 'zh'].map(code => { speak(code); return words.map(word => say(word)); });
    }"""
    english, chinese = ask(page, script, sorted(used))
    # Then each has a sentence of its own in both; a word without one would be said as it is, in both
    assert [word for word, en, zh in zip(sorted(used), english, chinese, strict=True) if en == zh] == []


def test_the_icons_run_no_script_and_load_nothing() -> None:
    assert not re.search(r"<script|href=|url\(|on\w+=", SPRITE)
