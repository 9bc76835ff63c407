"""The page of `lingxi inspect --html`: one file with its charts drawn inside, which needs nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from msgspec import Struct

from lingxi.insight.charts import Chart, Sides
from lingxi.insight.drift import KS_SOME, KS_STRONG, PSI_SOME, PSI_STRONG, Drift, meant, weighed
from lingxi.insight.look import charts
from lingxi.insight.said import Sentence, amount, count, share
from lingxi.insight.svg import svg
from lingxi.workflows.inspect import Report

TEMPLATES: Final = Path(__file__).parent / "templates"
TOPICS: Final = {
    "surface": Sentence("Surfaces", "推荐位"),
    "model": Sentence("Model", "模型"),
    "split": Sentence("Split", "划分"),
    "data": Sentence("Data", "数据"),
}
THRESHOLDS: Final = {"psi": (PSI_SOME, PSI_STRONG), "ks": (KS_SOME, KS_STRONG)}


class Figure(Struct, frozen=True):
    """A chart as the page shows it."""

    title: Sentence
    reading: Sentence
    svg: str


def page(report: Report, shop: str, *, chinese: bool = False) -> str:
    """The page as HTML; `shop` is the shop's name. It opens in English or in Chinese, and holds both."""
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    pages.filters.update(both=both, count=count, share=share, amount=amount)
    drifts = [] if report.against is None else report.against.drifts
    return pages.get_template("inspect.html").render(
        report=report,
        shop=shop,
        chinese=chinese,
        topics=TOPICS,
        thresholds=THRESHOLDS,
        span=_span(report),
        sections=[(side, _drawn(side.name, charts(side)), _scalars(side.figures)) for side in report.subjects],
        drifts=[(drift, meant(drift), _moved(drift)) for drift in drifts],
        figures={side.name: side.figures for side in report.subjects},
    )


def both(sentence: Sentence) -> Markup:
    """A sentence in both languages, of which the page shows one; what stands in backticks is code."""
    english, chinese = (re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(each))) for each in _pair(sentence))
    return Markup(f'<span class="en">{english}</span><span class="zh" lang="zh-CN">{chinese}</span>')  # noqa: S704


def _pair(sentence: Sentence | str) -> tuple[str, str]:
    return (sentence, sentence) if isinstance(sentence, str) else (sentence.en, sentence.zh)


def _drawn(name: str, shown: list[Chart]) -> list[Figure]:
    return [
        Figure(chart.title, chart.reading, Markup(svg(chart, f"{name}-{number}")))  # noqa: S704
        for number, chart in enumerate(shown)
    ]


def _moved(drift: Drift) -> Figure | None:
    """Before and now beside each other; nothing where one of them has nothing."""
    if not drift.rows or not drift.before_n or not drift.now_n:
        return None
    said = weighed(drift)
    reading = Sentence(said.en[:1].upper() + said.en[1:], said.zh)
    return _drawn(f"drift-{drift.name}", [Chart(drift.title, reading, Sides(drift.rows))])[0]


def _span(report: Report) -> tuple[str, str]:
    """The first and last day of the events, in the shop's time zone."""
    if report.first is None or report.last is None:
        return "–", "–"
    zone = ZoneInfo(report.timezone)
    first, last = (datetime.fromtimestamp(at / 1e6, UTC).astimezone(zone) for at in (report.first, report.last))
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"


def _scalars(figures: Any) -> list[tuple[str, str]]:
    """The figures that are single numbers, by their names in `--json`."""
    return [
        (name, f"{value:,}" if isinstance(value, int) else f"{value:,.4g}")
        for name, value in msgspec.to_builtins(figures).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
