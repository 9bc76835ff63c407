"""H&M: two years of purchases with articles and customers, of the competition on personalised fashion."""

from __future__ import annotations

from typing import Final

from lingxi.datasets._public import Layout, Public

PUBLIC: Final = Public(
    name="hm",
    about="H&M: two years of purchases with articles and customers; prices are scaled (a Kaggle competition of 2022).",
    about_zh="H&M：两年的购买、商品与顾客（Personalized Fashion Recommendations 竞赛）。价格经过缩放。",
    published="https://www.kaggle.com/competitions/h-and-m-personalized-fashion-recommendations",
    terms="the competition's own: non-commercial, no redistribution",
    layouts=(
        Layout(
            "transactions",
            ("transactions*.csv", "transactions*.parquet"),
            "events",
            {
                "at": "t_dat",
                "user": "customer_id",
                "item": "article_id",
                "price": "price",
                "channel": "sales_channel_id",
            },
            kind="purchase",
            formats=("%Y-%m-%d",),
        ),
        Layout(
            "articles",
            ("articles*.csv", "articles*.parquet"),
            "items",
            {
                "id": "article_id",
                "title": "prod_name",
                "category": "product_type_name",
                "attributes.group": "product_group_name",
                "attributes.colour": "colour_group_name",
                "attributes.department": "department_name",
                "attributes.section": "section_name",
            },
        ),
        Layout(
            "customers",
            ("customers*.csv", "customers*.parquet"),
            "users",
            {
                "id": "customer_id",
                "traits.club": "club_member_status",
                "traits.news": "fashion_news_frequency",
                "traits.age": "age",
            },
            sensitive=("age",),
        ),
    ),
)
