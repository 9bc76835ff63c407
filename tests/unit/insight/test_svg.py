"""Charts are images that scale, in the page's inks and in both languages."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from lingxi.insight.charts import Bars, Chart, Columns, Curve, Form, Heat, Lines, Sides
from lingxi.insight.said import Sentence
from lingxi.insight.svg import DRAWN, INKS, svg

LINES = Sentence("lines", "行数")
FORMS: list[Form] = [
    Columns([("1", 3.0), ("2–3", 1.0)], LINES),
    Bars([(Sentence("tea & <milk>", "茶与奶"), 0.0024), ("x", 12_345.0)]),
    Bars([("x", 0.25)], share=True),
    Lines(["2026-01-01", "2026-01-08", "2026-01-15"], [(LINES, [1.0, None, 3.0]), ("b", [2.0, 2.0, 2.0])]),
    Lines(["2026-01-01", "2026-01-08"], [("a", [1.0, 2.0])], filled=True, share=True),
    Heat([[float(day * hour) for hour in range(24)] for day in range(7)]),
    Curve([(0.0, 0.0), (0.5, 0.8), (1.0, 1.0)], LINES, x_share=True, y_share=True, even=True),
    Sides([(LINES, 0.2, 0.4), ("b", 0.8, 0.6)]),
]
CHART = [Chart(Sentence("Title", "标题"), Sentence("Reading <1>", "说明"), form) for form in FORMS]


@pytest.mark.parametrize("chart", CHART, ids=[type(form).__name__ for form in FORMS])
def test_a_chart_is_one_labelled_image_in_the_pages_inks(chart: Chart) -> None:
    drawn = svg(chart, "name")
    root = ET.fromstring(drawn)  # noqa: S314 (our own)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.find(f"{space}title").text == "Title 标题"
    assert root.find(f"{space}desc").text == "Reading <1> 说明"
    # it scales, and says no font and no colour of its own
    assert "width" not in root.attrib
    assert "viewBox" in root.attrib
    assert "font-family" not in drawn
    assert set(re.findall(r'(?:fill|stroke)="(#[^"]+|[a-z]+)"', drawn)) <= {*INKS.values(), "none", "transparent"}
    assert all(found.startswith("name-") for found in re.findall(r'id="([^"]+)"', drawn))


def test_two_rows_of_one_name_stay_two_and_a_long_name_is_cut_in_both_languages() -> None:
    long = Sentence('A "name" \\ that never ever ends', "很长" * 20)
    rows = [("Other", 1.0), ("Other", 2.0), (long, 3.0)]
    for form in (Bars(rows), Sides([(name, value, value) for name, value in rows])):
        drawn = svg(Chart(LINES, LINES, form), "name")
        assert drawn.count(">Other<") == 2
        assert '<tspan class="en">A &quot;name&quot; \\ that never e…</tspan>' in drawn
        assert f'<tspan class="zh">{"很长" * 11}很…</tspan>' in drawn


def test_every_form_is_drawn() -> None:
    assert {type(form) for form in FORMS} == set(DRAWN)


def test_words_stand_in_both_languages_and_small_figures_stay() -> None:
    drawn = svg(CHART[1], "name")
    assert '<tspan class="en">tea &amp; &lt;milk&gt;</tspan><tspan class="zh">茶与奶</tspan>' in drawn
    assert ">0.0024<" in drawn
    assert ">12.3k<" in drawn
