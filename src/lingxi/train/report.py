"""The report of a training: `report.json` for programs, `report.html` for people, with its charts drawn inside."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from lingxi.domain.bundle import Interval, Recipe
from lingxi.train._charts import bars, curve
from lingxi.train.beyond import Beyond, Known, beyond
from lingxi.train.evaluate import CUTOFFS, Figures, Lists, difference, figures
from lingxi.train.split import Truth

COLUMNS = (
    ("recall", "Recall"),
    ("precision", "Precision"),
    ("ndcg", "NDCG"),
    ("map", "MAP"),
    ("mrr", "MRR"),
    ("hit_rate", "Hit rate"),
    ("auc", "AUC"),
    ("coverage", "Coverage"),
    ("repeat_recall", "Recall, bought before"),
    ("repeat_ndcg", "NDCG, bought before"),
    ("new_recall", "Recall, new to the shopper"),
    ("new_ndcg", "NDCG, new to the shopper"),
)


BEYOND = (
    ("diversity", "Diversity"),
    ("novelty", "Novelty, bits"),
    ("serendipity", "Serendipity"),
    ("popularity", "Popularity"),
    ("lift", "Popularity lift"),
    ("gini", "Gini of what is shown"),
    ("miscalibration", "Off the shopper's shares, bits"),
)


class Row(Struct, frozen=True, kw_only=True):
    """A ranking's figures by cut-off (`"10"`, `"20"`), by which recall differs from the first row's, and what it is
    like `beyond` accuracy."""

    name: str
    at: dict[str, Figures]
    difference: dict[str, Interval] = {}
    beyond: dict[str, Beyond] = {}


class Report(Struct, frozen=True, kw_only=True):
    """What a training did: times are µs UTC; `curves` holds each fit's figures epoch by epoch."""

    recipe: Recipe
    fitted_until: int
    judged_until: int
    shoppers: int
    rows: list[Row]
    curves: dict[str, list[dict[str, float]]] = {}
    notes: list[str] = []


def rows_of(
    model: Lists, baselines: Sequence[Lists], truth: Truth, catalogue: int, known: Known | None = None
) -> list[Row]:
    """The model's row first, then the baselines, each with the paired difference of the model to it."""

    def row(lists: Lists, against: Lists | None) -> Row:
        at = {str(k): figures(lists, truth, k, catalogue) for k in CUTOFFS}
        gaps = {} if against is None else {str(k): difference(against, lists, truth, k) for k in CUTOFFS}
        more = {} if known is None else {str(k): beyond(lists, known, k, catalogue) for k in CUTOFFS}
        return Row(name=lists.name, at=at, difference=gaps, beyond=more)

    return [row(model, None), *(row(each, model) for each in baselines)]


def write(report: Report, folder: Path) -> None:
    """Writes `report.json` and `report.html`, which needs nothing from elsewhere, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(_finite(report)), indent=1))
    (folder / "report.html").write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page: tables by cut-off, differences, learning curves, the recipe."""
    parts = [f"<p>{html.escape(_window(report))}</p>", *(f"<p>{html.escape(note)}</p>" for note in report.notes)]
    for k in map(str, CUTOFFS):
        parts += [f"<h2>At {k}</h2>", _table(report.rows, k)]
    parts += [
        "<h2>Bought before, and new to the shopper</h2>",
        bars([(row.name, row.at["10"].repeat_recall, row.at["10"].new_recall) for row in report.rows]),
    ]
    if all(row.beyond for row in report.rows):
        parts += ["<h2>Beside accuracy, at 10</h2>", f"<p>{html.escape(_BESIDE)}</p>", _beside(report.rows, "10")]
    drawn = [(name, points) for name, points in report.curves.items() if points]
    if drawn:
        parts += ["<h2>Learning</h2>", *(f"<h3>{html.escape(name)}</h3>{curve(points)}" for name, points in drawn)]
    settings = html.escape(msgspec.json.format(msgspec.json.encode(report.recipe)).decode())
    parts += ["<h2>Recipe</h2>", f"<pre>{settings}</pre>"]
    return PAGE.format(title=html.escape(f"Training report: {report.recipe.model}"), body="\n".join(parts))


def _window(report: Report) -> str:
    return (
        f"Fitted to what happened before {_day(report.fitted_until)}, judged on what {report.shoppers} shoppers bought "
        f"from then until {_day(report.judged_until)}. Lists are broken against the model where scores are equal. "
        "“Bought before” ranks only what the shopper had bought, “new” only the rest. The difference is the model's "
        "recall less the row's, paired by shopper, with its 95 % bootstrap interval. AUC is over the whole catalogue, "
        "a tie counts half; a pipeline, which scores its candidates alone, has none."
    )


def _table(rows: Sequence[Row], k: str) -> str:
    head = "".join(f"<th>{title}</th>" for _, title in COLUMNS)
    lines = [f"<tr><th></th>{head}<th>Model is better by</th></tr>"]
    for row in rows:
        cells = "".join(f"<td>{_number(getattr(row.at[k], name))}</td>" for name, _ in COLUMNS)
        gap = row.difference.get(k)
        text = "" if gap is None else f"{gap.estimate:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"
        lines.append(f"<tr><th>{html.escape(row.name)}</th>{cells}<td>{text}</td></tr>")
    return "<table>" + "".join(lines) + "</table>"


_BESIDE = (
    "Diversity: the share of a list's pairs of different categories. Novelty: what a pick tells, −log2 of its share of "
    "all acts. Serendipity: by how much of the catalogue hits stand ahead of their place by popularity. Popularity: "
    "the share of all acts that concern a pick; its lift is over that of what the shopper chose before, 0 is as much. "
    "Gini: 0 where all items are shown equally, 1 where one is alone. Off the shopper's shares: how far a list's "
    "categories are from what the shopper chose before (Kullback–Leibler), 0 is calibrated."
)


def _beside(rows: Sequence[Row], k: str) -> str:
    lines = ["<tr><th></th>" + "".join(f"<th>{title}</th>" for _, title in BEYOND) + "</tr>"]
    for row in rows:
        cells = "".join(f"<td>{_number(getattr(row.beyond[k], name))}</td>" for name, _ in BEYOND)
        lines.append(f"<tr><th>{html.escape(row.name)}</th>{cells}</tr>")
    return "<table>" + "".join(lines) + "</table>"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4f}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1e6, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _finite(report: Report) -> Any:
    """The report in plain values, with null for what is no number, as JSON has it."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [clean(each) for each in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return clean(msgspec.to_builtins(report))


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body{{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}}
table{{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}}
th,td{{padding:.3rem .6rem;border-bottom:1px solid #ddd;text-align:right}}
tr>th:first-child{{text-align:left}} svg{{max-width:100%;height:auto}} pre{{background:#f6f6f6;padding:1rem}}
</style></head><body><h1>{title}</h1>
{body}
</body></html>
"""
