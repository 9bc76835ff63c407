"""Yoochoose (RecSys Challenge 2015): clicks and buys of a European shop's sessions, files without names of columns."""

from __future__ import annotations

from typing import Final

from lingxi.datasets._public import Layout, Public

_TIMES: Final = ("%Y-%m-%dT%H:%M:%S%.fZ",)
_CLICK: Final = {"session": "column 1", "at": "column 2", "item": "column 3"}

PUBLIC: Final = Public(
    name="yoochoose",
    about="Yoochoose: half a year of click sessions and purchases of a European shop (RecSys Challenge 2015).",
    about_zh="Yoochoose：一家欧洲商店半年的点击会话与购买（RecSys Challenge 2015）。",
    published="https://www.kaggle.com/datasets/chadgostopp/recsys-challenge-2015",
    terms="CC BY-NC-ND 4.0",
    layouts=(
        Layout(
            "clicks",
            ("*clicks*.dat", "*test*.dat"),
            "events",
            {**_CLICK, "item.category": "column 4"},
            formats=_TIMES,
            header=False,
        ),
        Layout(
            "buys",
            ("*buys*.dat",),
            "events",
            {**_CLICK, "price": "column 4", "quantity": "column 5"},
            kind="purchase",
            formats=_TIMES,
            header=False,
        ),
    ),
)
