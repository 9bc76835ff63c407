"""MovieLens: ratings of films; all releases, from ml-100k (`u.data`) over ml-1m (`ratings.dat`) to `ratings.csv`."""

from __future__ import annotations

from typing import Final

import polars as pl

from lingxi.datasets._public import Layout, Public, each

_GENRES: Final = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def _first(column: str) -> pl.Expr:
    """The first of "Adventure|Comedy"."""
    return pl.col(column).str.split("|").list.first().alias("genre")


def _flags(frame: pl.DataFrame) -> pl.DataFrame:
    """The first genre of ml-100k's films: a column of 0 and 1 for each, from the seventh on."""
    told = [pl.when(pl.col(f"column {n + 7}") == "1").then(pl.lit(name)) for n, name in enumerate(_GENRES)]
    return frame.with_columns(pl.coalesce(told).alias("genre"))


PUBLIC: Final = Public(
    name="movielens",
    about="MovieLens: ratings of films by the users of movielens.org (GroupLens, University of Minnesota).",
    about_zh="MovieLens：movielens.org 用户对电影的评分（明尼苏达大学 GroupLens）。",
    published="https://grouplens.org/datasets/movielens/",
    terms="research; no redistribution, no commercial use without permission",
    layouts=(
        Layout(
            "ratings",
            ("ratings.csv", "ratings.parquet", "*ratings*.parquet"),
            "events",
            {
                "at": "timestamp",
                "user": ("userId", "user_id"),
                "item": ("movieId", "item_id", "movie_id"),
                "value": "rating",
            },
            kind="rate",
            formats=("unix_s",),
        ),
        Layout(
            "u.data",
            ("u.data", "ratings.dat"),
            "events",
            {"user": "column 1", "item": "column 2", "value": "column 3", "at": "column 4"},
            kind="rate",
            formats=("unix_s",),
            header=False,
        ),
        Layout(
            "movies",
            ("movies.csv",),
            "items",
            {"id": "movieId", "title": "title", "category": "genre", "attributes.genres": "genres"},
            change=each(lambda frame: frame.with_columns(_first("genres"))),
            added=("genre",),
        ),
        Layout(
            "movies.dat",
            ("movies.dat",),
            "items",
            {"id": "column 1", "title": "column 2", "category": "genre", "attributes.genres": "column 3"},
            header=False,
            change=each(lambda frame: frame.with_columns(_first("column 3"))),
            added=("genre",),
        ),
        Layout(
            "u.item",
            ("u.item",),
            "items",
            {"id": "column 1", "title": "column 2", "category": "genre", "attributes.released": "column 3"},
            header=False,
            change=each(_flags),
            added=("genre",),
        ),
        Layout(
            "u.user",
            ("u.user",),
            "users",
            {"id": "column 1", "traits.age": "column 2", "traits.gender": "column 3", "traits.occupation": "column 4"},
            header=False,
            sensitive=("age", "gender"),
        ),
        Layout(
            "users.dat",
            ("users.dat",),
            "users",
            {"id": "column 1", "traits.gender": "column 2", "traits.age": "column 3", "traits.occupation": "column 4"},
            header=False,
            sensitive=("age", "gender"),
        ),
    ),
)
