"""Draws what a strength costs: NDCG against what it buys, a line for each way, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert


def curves(rows: Sequence[dict[str, Any]], panels: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """A panel for each of `panels`: the field that a strength buys, what it is called, and the ways that it shows.

    A row has `way`, `strength`, `ndcg` and the fields.
    """
    every = list(dict.fromkeys(row["way"] for row in rows))
    drawn = [_panel([row for row in rows if row["way"] in ways], field, said, every) for field, said, ways in panels]
    return str(vl_convert.vegalite_to_svg(alt.concat(*drawn, columns=2).to_dict()))


def _panel(rows: Sequence[dict[str, Any]], field: str, said: str, every: Sequence[str]) -> alt.Chart:
    return (
        alt.Chart(alt.InlineData(values=list(rows)))
        .mark_line(point=True)
        .encode(
            x=alt.X(f"{field}:Q", title=said, scale=alt.Scale(zero=False)),
            y=alt.Y("ndcg:Q", title="NDCG@10", scale=alt.Scale(zero=False)),
            color=alt.Color(
                "way:N", title=None, scale=alt.Scale(domain=list(every)), legend=alt.Legend(orient="bottom")
            ),
            order=alt.Order("strength:Q"),
        )
        .properties(width=360, height=240)
    )
