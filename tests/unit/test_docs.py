"""The documentation names everything that there is, nothing that there is not, and no figure that was not measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from lingxi import config, registry
from lingxi.api.application import ROUTES
from lingxi.cli.main import assemble
from lingxi.domain.event import Event

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
PLUGINS = {
    "models": "models.md",
    "runtimes": "models.md",
    "rankers": "models.md",
    "backends/encoder": "models.md",
    "features": "features.md",
    "ingest/rules": "cleaning.md",
    "datasets": "cleaning.md",
    "insight/subjects": "inspect.md",
    "recommend/surfaces": "surfaces.md",
    "recommend/sources": "surfaces.md",
    "recommend/filters": "surfaces.md",
    "recommend/scorers": "surfaces.md",
    "recommend/rerankers": "surfaces.md",
    "recommend/explorers": "surfaces.md",
    "recommend/merchandising/effects": "rules.md",
}
FIGURE = re.compile(r"^\|(?:.*\|)? *([\d.,-]+) *\| *`([a-z0-9_]+)\.([A-Za-z0-9_.+=]+)` *\|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(title)}$(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/{page} has no heading '{title}'"
    return found.group(1)


@pytest.mark.parametrize("folder", PLUGINS)
def test_every_plug_in_has_its_row_and_every_row_its_plug_in(folder: str) -> None:
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|", section(PLUGINS[folder], f"`{folder}`"), re.MULTILINE)

    assert sorted(rows) == list(registry.names(folder)), f"docs/{PLUGINS[folder]}, heading `{folder}`"


def test_what_is_done_without_each_field_of_an_event_is_said() -> None:
    told = re.findall(r"^\| (`.*?`) \|", section("cleaning.md", "Missing values"), re.MULTILINE)
    named = [name for cell in told for name in re.findall(r"`([a-z_]+)`", cell)]

    assert sorted(named) == sorted(field.name for field in msgspec.structs.fields(Event))


def commands(command: Any, path: str) -> Iterator[str]:
    """Every command that can be run, as it is typed."""
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from commands(inner, f"{path} {name}")
    if not hasattr(command, "commands"):
        yield path


def test_every_command_and_its_options_are_described() -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")

    missing = [each for each in commands(typer.main.get_command(assemble()), "lingxi") if f"| `{each}" not in page]

    assert not missing, f"docs/commands.md says nothing of: {missing}"


def test_every_setting_has_its_row() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")

    wanted = [
        f"| `{row.section}.{row.name}` | `{row.variable}` | {row.type} | `{row.default}` | {row.limits} | {row.doc} |"
        for row in config.table()
    ] + [f"| `{name}` | {said} |" for name, said in config.OTHERS.items()]

    assert [row for row in wanted if row not in page] == []
    assert len(re.findall(r"^\| `", page, re.MULTILINE)) == len(wanted), "docs/configuration.md has rows too many"


def test_every_route_is_described() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")

    wanted = [
        f"`{method} {re.sub(r':[a-z]+}', '}', path)}`"
        for route in ROUTES
        for path in route.paths
        for method in route.http_methods
        if method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ]

    assert [each for each in wanted if each not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def measured(bench: str, path: str) -> float:
    """A figure of `bench/results`: fields joined by dots; in a list the entry of that name."""
    value: Any = json.loads((ROOT / "bench" / "results" / f"{bench}.json").read_text(encoding="utf-8"))["figures"]
    for part in path.split("."):
        value = next(each for each in value if each["name"] == part) if isinstance(value, list) else value[part]
    return float(value)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_figure_is_the_one_that_a_benchmark_printed(page: Path) -> None:
    for shown, bench, path in FIGURE.findall(page.read_text(encoding="utf-8")):
        decimals = len(shown.partition(".")[2])
        assert f"{measured(bench, path):,.{decimals}f}" == shown, f"{bench}.{path}"


def test_both_readmes_show_the_same_commands_and_figures() -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))

    def code(text: str) -> list[str]:
        return [re.sub(r" *#.*", "", block) for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]

    assert code(english) == code(chinese)
    assert FIGURE.findall(english) == FIGURE.findall(chinese)
