"""Taobao UserBehavior: nine days of views, favourites, carts and purchases, without names of columns."""

from __future__ import annotations

from typing import Final

from lingxi.datasets._public import Layout, Public

PUBLIC: Final = Public(
    name="taobao",
    about="UserBehavior: nine days of a million Taobao shoppers' views, favourites, carts and purchases (Alibaba).",
    about_zh="UserBehavior：淘宝一百万用户九天的浏览、收藏、加购与购买（阿里巴巴）。",
    published="https://tianchi.aliyun.com/dataset/649",
    terms="CC BY-NC-SA 4.0",
    layouts=(
        Layout(
            "behaviour",
            ("*userbehavior*.csv",),
            "events",
            {
                "user": "column 1",
                "item": "column 2",
                "item.category": "column 3",
                "kind": "column 4",
                "at": "column 5",
            },
            kinds={"pv": "view", "fav": "like", "cart": "add_to_cart", "buy": "purchase"},
            formats=("unix_s",),
            header=False,
        ),
    ),
)
