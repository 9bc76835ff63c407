"""Charts as SVG, drawn without a browser and without the network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt
import vl_convert


def bars(rows: Sequence[tuple[str, float, float]]) -> str:
    """Recall at 10 by (name, on what was bought before, on what is new); what is no number is left out."""
    values = [
        {"model": name, "part": part, "recall": value}
        for name, before, new in rows
        for part, value in (("bought before", before), ("new to the shopper", new))
        if math.isfinite(value)
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            x=alt.X("recall:Q", title="Recall at 10"),
            y=alt.Y("model:N", sort=None, title=None),
            color=alt.Color("model:N", legend=None, sort=None),
            row=alt.Row("part:N", title=None),
        )
        .properties(width=480)
        .resolve_scale(x="independent")
    )
    return _svg(chart)


def curve(points: Sequence[Mapping[str, float]]) -> str:
    """Loss, and recall where there is one, by epoch."""
    values = [
        {"epoch": point["epoch"], "figure": name, "value": point[name]}
        for point in points
        for name in ("loss", "recall")
        if math.isfinite(point.get(name, math.nan))
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(point=True)
        .encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            column=alt.Column("figure:N", title=None),
        )
        .properties(width=320, height=200)
        .resolve_scale(y="independent")
    )
    return _svg(chart)


def _svg(chart: alt.Chart) -> str:
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))
