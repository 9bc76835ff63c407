"""Writes the newest figures of every benchmark into `docs/benchmarks.md`, so that the page shows what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEADING = "## Figures\n"
SAID = {
    "serve": "Serving",
    "serve_12000": "Serving 12,000 items",
    "serve_12000_without_rules": "Serving 12,000 items without merchant rules",
    "serve_12000_2_processes": "Serving 12,000 items by two processes",
    "serve_1000000": "Serving a million items",
    "serve_10000000": "Serving ten million items",
    "overload": "Three times as many as can be answered",
    "growth": "What a slate costs as a shop grows",
    "peers": "Serving, beside what else a shop would take",
    "training": "Training a net",
    "scale": "What size costs",
    "index": "Finding the nearest items",
    "click_to_slate": "From a click to the slate that knows it",
    "ingest": "Taking events in",
    "large": "A large import",
    "demo_quality": "Quality of the demo's slates",
    "variety": "What variety costs",
    "ranking_demo": "What a ranker adds, on the demo's log",
    "ranking_yoochoose_clicks_100k": "What a ranker adds, on sessions",
    "reasons": "Whether reasons are true",
    "cleanup": "Cleaning, beside the clean-up of articles",
}
DECIMALS = 4


def leaves(value: Any, path: str) -> Iterator[tuple[str, float]]:
    """Every number with its path; an entry of a list is named by its `name`. A list of bare numbers is
    a curve: its plot shows it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for entry in (each for each in value if isinstance(each, dict)):
            yield from leaves({k: v for k, v in entry.items() if k != "name"}, f"{path}.{entry['name']}")
    elif isinstance(value, int | float):
        yield path, value


def shown(value: float) -> str:
    """The number as it is printed."""
    text = f"{value:,.{DECIMALS}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def section(kept: dict[str, Any], page: Path) -> str:
    """One benchmark: when and where it ran, its plot where there is one, then a row a figure."""
    told = kept["settings"]
    seed = told.get("seed", told.get("seeds"))
    where = f"{told['cpu']}, {told['cores']} cores ({', '.join(told['flags'])}), commit `{told['commit']}`, seed {seed}"
    rows = [f"| {shown(value)} | `{path}` |" for path, value in leaves(kept["figures"], kept["name"])]
    plot = Path("images") / f"{kept['name']}.svg"
    shown_by = f"\n![{SAID.get(kept['name'], kept['name'])}]({plot})\n" if (page.parent / plot).exists() else ""
    head = f"### {SAID.get(kept['name'], kept['name'])}\n\n{kept['at'][:10]}, {where}\n{shown_by}"
    return "\n".join([head, "| figure | its name |", "|---|---|", *rows, ""])


def update(page: Path, results: Path) -> None:
    """Rewrites what stands under the page's heading of figures."""
    kept = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(results.glob("*.json"))]
    kept.sort(key=lambda each: list(SAID).index(each["name"]) if each["name"] in SAID else len(SAID))
    before = page.read_text(encoding="utf-8").partition(HEADING)[0]
    page.write_text(before + HEADING + "\n" + "\n".join(section(each, page) for each in kept), encoding="utf-8")
