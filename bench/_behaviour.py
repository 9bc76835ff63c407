"""Logs that tell more than items: MovieLens (ratings, and what its users do for a living), and a made-up shop of views,
searches, carts, purchases and ratings. Each shopper's last wanted act is the question, asked just before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lingxi.domain.errors import Invalid
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, History, Interactions, People
from lingxi.domain.traits import traits_of
from lingxi.domain.user import Trait, User
from lingxi.domain.words import query_of
from lingxi.models._lines import repeats
from lingxi.train.split import Histories

DAY: Final = 86_400_000_000
SECOND: Final = 1_000_000
START: Final = 1_600_000_000_000_000
STRONGEST: Final = ("purchase", "rate")
GOOD: Final = 4.0
"""Stars from which a film counts as one to have found."""
SHOPPERS, ITEMS, CATEGORIES = 2_000, 400, 20
"""Of the made-up shop."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is learnt from, and the questions: shopper `who[q]` had the history `histories.of(who[q])` when, at
    `at[q]`, they wanted `target[q]`. `masked`: what a shopper had is no answer, where they come back to nothing."""

    name: str
    past: Interactions
    goods: Goods
    who: npt.NDArray[np.int32]
    at: npt.NDArray[np.int64]
    target: npt.NDArray[np.int32]
    masked: bool

    def __len__(self) -> int:
        return len(self.who)

    def questions(self) -> list[tuple[History, int, int]]:
        """History, time and right answer of each."""
        histories = Histories(self.past)
        return [
            (histories.of(who), at, item)
            for who, at, item in zip(self.who.tolist(), self.at.tolist(), self.target.tolist(), strict=True)
        ]


def asked_of(name: str, acts: Interactions, goods: Goods) -> Asked:
    """Takes each shopper's last wanted act, of those who did something before it, and all from its time on away."""
    kind = next(code for code in (KIND_CODE[each] for each in STRONGEST) if (acts.kind == code).any())
    wanted = np.flatnonzero((acts.kind == kind) & ~(acts.value < GOOD))
    wanted = wanted[np.lexsort((acts.tie[wanted], acts.at[wanted], acts.shopper[wanted]))]
    last = wanted[np.append(np.diff(acts.shopper[wanted]) != 0, True)]
    cut = np.full(int(acts.shopper.max()) + 1, np.iinfo(np.int64).max)
    cut[acts.shopper[last]] = acts.at[last]
    past = acts.where(acts.at < cut[acts.shopper])
    last = last[np.isin(acts.shopper[last], past.shopper)]
    return Asked(name, past, goods, acts.shopper[last], acts.at[last], acts.item[last], not repeats(acts.where(wanted)))


def movielens(folder: Path) -> Asked:
    """Ratings, genres and occupations; age and gender are sensitive and are not read.

    Raises:
        Invalid: a file is missing.
    """
    ratings, users, films = (_table(folder, f"*_{name}.parquet") for name in ("ratings", "users", "items"))
    ids = films["item_id"].to_list()
    genre = films["class"].fill_null("").str.split(" ").list.first().fill_null("").to_list()
    names = sorted(set(genre))
    number = {each: place for place, each in enumerate(ids)}
    goods = Goods(
        ids=[str(each) for each in ids],
        category=np.array([names.index(each) for each in genre], np.int32),
        categories=names,
        price=np.full(len(ids), np.nan, np.float32),
        listed=np.ones(len(ids), np.bool_),
        titles=films["movie_title"].fill_null("").to_list(),
    )
    people = {
        int(who): traits_of(User(id=str(who), traits={"occupation": Trait(value=work)}))
        for who, work in zip(users["user_id"].to_list(), users["occupation"].to_list(), strict=True)
    }
    acts = _acts(
        shopper=ratings["user_id"].to_numpy(),
        at=ratings["timestamp"].to_numpy() * SECOND,
        item=np.array([number[each] for each in ratings["item_id"].to_list()]),
        kind=np.full(len(ratings), KIND_CODE["rate"]),
        value=ratings["rating"].to_numpy(),
        query=np.zeros(len(ratings), np.int64),
    )
    return asked_of("movielens", replace(acts, people=People.of_each(people)), goods)


def made(seed: int = 0) -> Asked:
    """A made-up shop. Each shopper likes three of twenty categories, one of them by trade (a trait that half tells),
    comes for five visits, each after one category: says which in a search, looks at three items of any, of which those
    of the visit's category may go into the cart; buys from it, mostly what was in the cart, and rates what they bought:
    by whether they like its category."""
    rng = np.random.default_rng(seed)
    category = np.arange(ITEMS) % CATEGORIES
    lines: list[tuple[int, int, int, str, float, str]] = []
    people: dict[int, npt.NDArray[np.int32]] = {}
    for shopper in range(SHOPPERS):
        likes = rng.choice(CATEGORIES, 3, replace=False)
        trade = likes[0] if rng.random() < 0.5 else rng.integers(CATEGORIES)
        people[shopper] = traits_of(User(id=str(shopper), traits={"trade": Trait(value=f"trade {trade}")}))
        for visit in range(5):
            lines += _visit(rng, shopper, START + int((visit * 7 + rng.random()) * DAY), likes, category)
    shopper_, at, item, kind, value, text = (list(column) for column in zip(*lines, strict=True))
    acts = _acts(
        shopper=np.array(shopper_),
        at=np.array(at),
        item=np.array(item),
        kind=np.array([KIND_CODE[each] for each in kind]),
        value=np.array(value),
        query=np.array([query_of(each) for each in text]),
    )
    goods = Goods(
        ids=[str(each) for each in range(ITEMS)],
        category=category.astype(np.int32),
        categories=[str(each) for each in range(CATEGORIES)],
        price=np.full(ITEMS, np.nan, np.float32),
        listed=np.ones(ITEMS, np.bool_),
    )
    return asked_of("made", replace(acts, people=People.of_each(people)), goods)


def _visit(
    rng: np.random.Generator, shopper: int, at: int, likes: npt.NDArray[np.int64], category: npt.NDArray[np.int64]
) -> list[tuple[int, int, int, str, float, str]]:
    after = int(rng.choice(likes)) if rng.random() < 0.8 else int(rng.integers(CATEGORIES))
    acts: list[tuple[int, str, float, str]] = []
    if rng.random() < 0.5:
        acts.append((-1, "search", np.nan, f"word{after} thing{after % 7}"))
    shelf = np.flatnonzero(category == after)
    looked = [int(rng.choice(shelf if rng.random() < 0.5 else len(category))) for _ in range(3)]
    acts += [(item, "view", np.nan, "") for item in looked]
    cart = [item for item in looked if category[item] == after][:1]
    acts += [(item, "add_to_cart", np.nan, "") for item in cart]
    bought = cart[0] if cart and rng.random() < 0.7 else int(rng.choice(shelf))
    acts.append((bought, "purchase", np.nan, ""))
    acts.append((bought, "rate", float(rng.integers(4, 6) if after in likes else rng.integers(1, 3)), ""))
    return [(shopper, at + place * 30 * SECOND, *act) for place, act in enumerate(acts)]


def _acts(**columns: npt.NDArray[Any]) -> Interactions:
    at = columns["at"].astype(np.int64)
    whole = Interactions(
        at=at,
        received=at,
        tie=np.arange(len(at)),
        shopper=columns["shopper"].astype(np.int32),
        item=columns["item"].astype(np.int32),
        kind=columns["kind"].astype(np.int8),
        quantity=np.full(len(at), np.nan, np.float32),
        price=np.full(len(at), np.nan, np.float32),
        marked=np.zeros(len(at), np.bool_),
        value=columns["value"].astype(np.float32),
        query=columns["query"].astype(np.int64),
    )
    return whole.where(np.lexsort((whole.tie, whole.at)))


def _table(folder: Path, pattern: str) -> pl.DataFrame:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise Invalid(f"there must be one file {pattern}", where=str(folder), remedy="give --data DIR")
    return pl.read_parquet(found[0])
