"""Charts as SVG, drawn without a browser and without the network, in colours that the page can exchange.

Every colour is one of INKS, so that a style sheet can turn the page dark by `[fill="#…"]`; every word in two languages
becomes two `tspan`s, of which the page shows one.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import altair as alt
import vl_convert

from lingxi.insight.charts import Bars, Chart, Columns, Curve, Heat, Label, Lines, Sides
from lingxi.insight.said import Sentence

INK: Final = "#1b2822"
SOFT: Final = "#56655d"
LINE: Final = "#dde3da"
LEAF: Final = "#1f6b49"
SEAL: Final = "#b93524"
GOLD: Final = "#c98a12"
SKY: Final = "#2f6f9f"
INKS: Final = {"ink": INK, "soft": SOFT, "line": LINE, "leaf": LEAF, "seal": SEAL, "gold": GOLD, "sky": SKY}
SERIES: Final = (LEAF, GOLD, SEAL, SKY)

WIDTH: Final = 380
HEIGHT: Final = 190
BAR: Final = 22
MANY_DAYS: Final = 150
LETTERS: Final = 24
"""So much of a name is written."""
SIZE: Final = 12
FONT: Final = "Noto Sans, Liberation Sans, Noto Sans CJK SC, sans-serif"

BEFORE: Final = Sentence("before", "之前")
NOW: Final = Sentence("now", "现在")
WEEKDAYS: Final = (
    *(Sentence("Mon", "周一"), Sentence("Tue", "周二"), Sentence("Wed", "周三"), Sentence("Thu", "周四")),
    *(Sentence("Fri", "周五"), Sentence("Sat", "周六"), Sentence("Sun", "周日")),
)
SHARES: Final = "datum.value == 0 ? '0' : datum.value < 0.1 ? format(datum.value, '.1~%') : format(datum.value, '.0%')"
AMOUNTS: Final = (
    "datum.value >= 10000 ? format(datum.value, '.3~s') : datum.value >= 100 ? format(datum.value, ',.0f') :"
    " format(datum.value, '.3~r')"
)


def svg(chart: Chart, name: str) -> str:
    """The chart as an `<svg>` that scales with its box; its title and reading are its alternative text.

    `name` is in front of every id, so that one page can hold many.
    """
    form = chart.form
    words: dict[str, Sentence] = {}
    spec = DRAWN[type(form)](form, words)
    drawn = str(vl_convert.vegalite_to_svg(_dressed(spec).to_dict()))
    return _labelled(_bilingual(_slim(drawn, name), words), chart)


def _dressed(chart: Any) -> Any:
    """The chart in the page's type and colours."""
    axis = {
        "labelColor": SOFT,
        "labelFontSize": SIZE,
        "titleColor": SOFT,
        "titleFontSize": SIZE,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "titlePadding": 8,
    }
    return (
        chart.configure(font=FONT, background="transparent", padding=6)
        .configure_view(stroke=None)
        .configure_axis(**axis)
        .configure_legend(orient="top", labelColor=INK, labelFontSize=SIZE, title=None, symbolStrokeWidth=3)
        .configure_text(color=INK, fontSize=SIZE)
    )


def _word(label: Label, words: dict[str, Sentence]) -> str:
    """How a label stands in the chart: its English, remembered with its Chinese."""
    word = Sentence(label, label) if isinstance(label, str) else label
    short = Sentence(_cut(word.en), _cut(word.zh))
    words[short.en] = short
    return short.en


def _title(title: Sentence, words: dict[str, Sentence]) -> str:
    """How an axis is called: whole."""
    words[title.en] = title
    return title.en


def _cut(word: str) -> str:
    return word if len(word) <= LETTERS else f"{word[: LETTERS - 1].rstrip()}…"


def _names(names: Sequence[str]) -> str:
    """The Vega expression of the names of rows 0, 1 …; two rows may have the same name."""
    return f"{json.dumps(names, ensure_ascii=False)}[datum.value]"


def _data(rows: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=[dict(row) for row in rows])


def _number(share: bool) -> str:
    return "~%" if share else "~s"


def _columns(form: Columns, words: dict[str, Sentence]) -> Any:
    names = [_word(label, words) for label, _ in form.rows]
    rows = [{"row": row, "value": value} for row, (_, value) in enumerate(form.rows)]
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelExpr=_names(names))
    x = alt.X("row:O", title=_title(form.x, words), axis=axis)
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format=_number(form.share), tickCount=4))
    return alt.Chart(_data(rows)).mark_bar(color=LEAF).encode(x=x, y=y).properties(width=WIDTH, height=HEIGHT)


def _bars(form: Bars, words: dict[str, Sentence]) -> Any:
    names = [_word(label, words) for label, _ in form.rows]
    rows = [{"row": row, "value": value} for row, (_, value) in enumerate(form.rows)]
    y = alt.Y("row:O", title=None, axis=alt.Axis(labelLimit=0, labelColor=INK, labelExpr=_names(names)))
    room = 1.2 * max((value for _, value in form.rows), default=1) or 1
    base = (
        alt.Chart(_data(rows))
        .transform_calculate(shown=SHARES if form.share else AMOUNTS)
        .encode(y=y, x=alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domain=[0, room])))
    )
    bars = base.mark_bar(color=LEAF, height={"band": 0.7})
    figures = base.mark_text(align="left", dx=5, fontSize=SIZE, color=INK).encode(text="shown:N")
    return (bars + figures).properties(width=WIDTH - 110, height=BAR * len(rows))


def _lines(form: Lines, words: dict[str, Sentence]) -> Any:
    names = [_word(label, words) for label, _ in form.series]
    rows = [
        {"day": day, "series": name, "value": value}
        for name, (_, values) in zip(names, form.series, strict=True)
        for day, value in zip(form.days, values, strict=True)
    ]
    colour = alt.Color(
        "series:N",
        sort=names,
        scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])),
        legend=alt.Legend(symbolType="square" if form.filled else "stroke") if len(names) > 1 else None,
    )
    x = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format=_days(form.days), tickCount=5, grid=False),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        stack=True if form.filled else None,
        axis=alt.Axis(format=_number(form.share), tickCount=4),
        scale=alt.Scale(zero=True),
    )
    chart = alt.Chart(_data(rows))
    drawn = chart.mark_area(opacity=0.85) if form.filled else chart.mark_line(strokeWidth=2)
    return drawn.encode(x=x, y=y, color=colour).properties(width=WIDTH, height=HEIGHT)


def _days(days: Sequence[str]) -> str:
    """How days are written on an axis: as months where they span many, as days where they span few."""
    first, last = (date.fromisoformat(each) for each in (days[0], days[-1]))
    return "%Y-%m" if (last - first).days > MANY_DAYS else "%m-%d"


def _heat(form: Heat, words: dict[str, Sentence]) -> Any:
    names = [_word(label, words) for label in WEEKDAYS]
    rows = [
        {"day": names[day], "hour": hour, "value": value}
        for day, values in enumerate(form.rows)
        for hour, value in enumerate(values)
    ]
    return (
        alt.Chart(_data(rows))
        .mark_rect(color=LEAF, width={"band": 0.9}, height={"band": 0.86})
        .encode(
            x=alt.X("hour:O", title=None, axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))),
            y=alt.Y("day:N", sort=names, title=None, axis=alt.Axis(labelColor=INK)),
            opacity=alt.Opacity("value:Q", legend=None, scale=alt.Scale(range=[0.05, 1], zero=True)),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )


def _curve(form: Curve, words: dict[str, Sentence]) -> Any:
    points = [{"x": x, "y": y} for x, y in form.points]
    x = alt.X("x:Q", title=_title(form.x, words), axis=alt.Axis(format=_number(form.x_share), tickCount=5, grid=False))
    y = alt.Y("y:Q", title=None, axis=alt.Axis(format=_number(form.y_share), tickCount=4), scale=alt.Scale(zero=True))
    line = alt.Chart(_data(points)).mark_line(color=LEAF, strokeWidth=2.5, point=_dots(points)).encode(x=x, y=y)
    if not form.even:
        return line.properties(width=WIDTH, height=HEIGHT)
    even = alt.Chart(_data([{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(color=SOFT, strokeDash=[4, 4]).encode(x, y)
    return (even + line).properties(width=WIDTH, height=HEIGHT)


def _dots(points: Sequence[object]) -> Any:
    return alt.OverlayMarkDef(color=LEAF, filled=True, size=40) if len(points) <= 15 else False


def _sides(form: Sides, words: dict[str, Sentence]) -> Any:
    names = [_word(label, words) for label, _, _ in form.rows]
    sides = [_word(each, words) for each in (BEFORE, NOW)]
    rows = [
        {"row": row, "side": side, "value": value}
        for row, (_, *values) in enumerate(form.rows)
        for side, value in zip(sides, values, strict=True)
    ]
    room = 1.2 * max((max(before, now) for _, before, now in form.rows), default=1) or 1
    base = (
        alt.Chart(_data(rows))
        .transform_calculate(shown=SHARES)
        .encode(
            y=alt.Y("row:O", title=None, axis=alt.Axis(labelLimit=0, labelColor=INK, labelExpr=_names(names))),
            yOffset=alt.YOffset("side:N", sort=sides),
            x=alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domain=[0, room])),
        )
    )
    colour = alt.Color("side:N", sort=sides, scale=alt.Scale(domain=sides, range=[GOLD, LEAF]))
    bars = base.mark_bar(height={"band": 0.85}).encode(color=colour)
    figures = base.mark_text(align="left", dx=4, fontSize=10, color=INK).encode(text="shown:N")
    return (bars + figures).properties(width=WIDTH - 110, height=alt.Step(13, **{"for": "offset"}))


DRAWN: Final[dict[type, Any]] = {
    Columns: _columns,
    Bars: _bars,
    Lines: _lines,
    Heat: _heat,
    Curve: _curve,
    Sides: _sides,
}


def _bilingual(drawn: str, words: Mapping[str, Sentence]) -> str:
    """Each text that is a known word, in both languages."""

    def both(found: re.Match[str]) -> str:
        word = words.get(html.unescape(found[2]))
        if word is None or word.en == word.zh:
            return found[0]
        texts = (html.escape(each) for each in (word.en, word.zh))
        spans = "".join(f'<tspan class="{tag}">{text}</tspan>' for tag, text in zip(("en", "zh"), texts, strict=True))
        return f"{found[1]}{spans}</text>"

    return re.sub(r"(<text[^>]*>)([^<]*)</text>", both, drawn)


def _labelled(drawn: str, chart: Chart) -> str:
    """The same, named for who cannot see it, without a fixed size and without what a page has no use for."""
    title, reading = (html.escape(f"{each.en} {each.zh}") for each in (chart.title, chart.reading))
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    box = f'viewBox="0 0 {size[1]} {size[2]}" style="max-width:{float(size[1]) * 1.35:.0f}px"' if size else ""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {box}><title>{title}</title><desc>{reading}</desc>'
    return head + re.sub(r"^<svg[^>]*>", "", drawn)


def _slim(drawn: str, name: str) -> str:
    """The same without what no eye sees: roles (the whole is one image), fonts (the page has its own), empty paths,
    decimals beyond the second."""
    drawn = re.sub(r' (?:aria-[a-z]+|role|pointer-events|class|font-family)="[^"]*"', "", drawn)
    drawn = re.sub(r'<path (?:d="" display="none"|d="M0,0h0v0h0Z"|d="M0[.,0-5]*h[\d.]+v[\d.]+h-[\d.]+Z")/>', "", drawn)
    drawn = re.sub(r'="[^"]*\d\.\d{3}[^"]*"', lambda found: re.sub(r"\d+\.\d{3,}", _rounded, found[0]), drawn)
    return re.sub(r'(id="|url\(#)(clip|gradient)', rf"\1{name}-\2", drawn)


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
