"""A made-up shop of any size: for trying things out, and for measuring what size does.

Items lie in groups, and in a group and among groups popularity follows a power law. Every season, each group at a time
of its own, what is popular in it changes. A shopper has three favourite groups; a session stays in one, and half of its
acts look at what goes with the item before: so there is something to learn. Nothing in it is about anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lingxi.domain.item import Item
from lingxi.domain.user import User

Longs = npt.NDArray[np.int64]
DAY: Final = 86_400_000_000
START: Final = 1_735_689_600_000_000
"""The first of January 2025."""
GROUP_POWER, ITEM_POWER, SHOPPER_POWER = 0.5, 0.8, 0.4
SEASON: Final = 30
"""Days."""
FAVOURITE: Final = (0.6, 0.85, 0.95)
"""A session lies in the first, the second or the third favourite below these shares, else anywhere."""
NEXT: Final = 0.5
"""Of the acts of a session, those that follow from the one before."""
ON: Final = 0.8
"""That a session goes on after an act."""
LONGEST: Final = 30
PAUSE: Final = 60_000_000
ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class MadeUp:
    """See `datasets._dataset.Dataset`. The same settings give the same shop, whatever is read of it first.

    `bought`: the share of sessions that end with a purchase.
    """

    catalogue: int = 2_000
    acts: int = 100_000
    days: int = 90
    bought: float = 0.2
    seed: int = 0
    name: str = "made_up"
    about: str = "A made-up shop: popularity by a power law, tastes, seasons and sessions. It is about nobody."
    about_zh: str = "虚构的商店：按幂律分布的热门商品、偏好、季节与会话，不涉及任何人。"

    @property
    def shoppers(self) -> int:
        """How many there are: one for twenty acts."""
        return max(self.acts // 20, 10)

    @property
    def groups(self) -> int:
        """How many groups items lie in."""
        return max(int(self.catalogue**0.5), 1)

    def sizes(self) -> dict[str, int]:
        """See `Dataset.sizes`; nothing is known of the shoppers."""
        return {"items": self.catalogue, "users": 0, "events": self.acts}

    def span(self) -> tuple[int, int]:
        """See `Dataset.span`: the first and last moment of its days."""
        return START, START + self.days * DAY - 1

    def items(self) -> Iterator[Item]:
        """See `Dataset.items`: the category is the group."""
        for row in self._catalogue().sort("id").iter_rows(named=True):
            yield Item(**row)

    def users(self) -> Iterator[User]:
        """See `Dataset.users`: none."""
        yield from ()

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        """See `Dataset.events`."""
        for day in range(self.days):
            yield from self._day(day).iter_slices(rows)

    def write(self, folder: Path) -> list[Path]:
        """Writes the catalogue as `items.parquet` and the events as files of about a million rows, whole days in each;
        returns those of the events, in order."""
        folder.mkdir(parents=True, exist_ok=True)
        self._catalogue().write_parquet(folder / "items.parquet")
        files: list[Path] = []
        held: list[pl.DataFrame] = []
        for day in range(self.days):
            held.append(self._day(day))
            if sum(map(len, held)) >= ROWS or day == self.days - 1:
                files.append(folder / f"events-{len(files):04}.parquet")
                pl.concat(held).write_parquet(files[-1])
                held.clear()
        return files

    def _catalogue(self) -> pl.DataFrame:
        group = pl.col("number") % self.groups
        return pl.DataFrame({"number": np.arange(self.catalogue)}).select(
            pl.format("i{}", "number").alias("id"),
            pl.format("Item {} of group {}", "number", group).alias("title"),
            pl.format("Group {}", group).alias("category"),
            ((pl.col("number") * 2_654_435_761 % 9973) / 100 + 1).alias("price"),
        )

    def _day(self, day: int) -> pl.DataFrame:
        """What happened on a day, in order of time."""
        rng = np.random.default_rng((self.seed, day))
        size = (day + 1) * self.acts // self.days - day * self.acts // self.days
        length = np.minimum(rng.geometric(1.0 - ON, max(size, 1)), LONGEST)
        length = length[: int(np.searchsorted(np.cumsum(length), size)) + 1]
        shopper = _power(rng, len(length), self.shoppers, SHOPPER_POWER)
        items = self._items(rng, self._group(rng, shopper), int(length.max()), day)
        place = np.arange(items.shape[1])
        inside = place < length[:, None]
        begin = rng.random(len(length)) * (DAY - (LONGEST + 1) * PAUSE)
        at = START + day * DAY + (begin[:, None] + PAUSE * (place + rng.random(items.shape))).astype(np.int64)
        last = (place == length[:, None] - 1) & (rng.random(len(length)) < self.bought)[:, None]
        session = np.broadcast_to(np.arange(len(length))[:, None], items.shape)
        columns = {"at": at, "shopper": np.broadcast_to(shopper[:, None], items.shape), "item": items}
        columns |= {"session": session, "last": last}
        frame = pl.DataFrame({name: column[inside][:size] for name, column in columns.items()})
        return frame.sort("at").select(
            pl.when("last").then(pl.lit("purchase")).otherwise(pl.lit("view")).alias("kind"),
            pl.format("u{}", "shopper").alias("user"),
            pl.format("{}-{}", pl.lit(day), "session").alias("session"),
            pl.format("i{}", "item").alias("item"),
            "at",
        )

    def _group(self, rng: np.random.Generator, shopper: Longs) -> Longs:
        """The group of each session."""
        which = np.searchsorted(FAVOURITE, rng.random(len(shopper)))
        # A shopper's favourites follow from the number alone: nothing of anybody is kept.
        own = (_mixed(shopper * 4 + which) % np.uint64(1 << 24)).astype(np.float64) / (1 << 24)
        chance = np.where(which < len(FAVOURITE), own, rng.random(len(shopper)))
        return _by_power(chance, self.groups, GROUP_POWER)

    def _items(self, rng: np.random.Generator, group: Longs, length: int, day: int) -> Longs:
        """int64[sessions, length]: what is looked at, place by place."""
        of_group = (self.catalogue - 1 - group) // self.groups + 1
        season = (day + _mixed(group).astype(np.int64) % SEASON) // SEASON
        turn = _mixed(season * 1_000_003 + group).astype(np.int64) % of_group
        found = np.empty((len(group), length), dtype=np.int64)
        for place in range(length):
            rank = _by_power(rng.random(len(group)), of_group, ITEM_POWER)
            fresh = (rank + turn) % of_group
            after = (found[:, place - 1] * 7 + rng.integers(1, 4, len(group))) % of_group
            found[:, place] = np.where((rng.random(len(group)) < NEXT) & (place > 0), after, fresh)
        return found * self.groups + group[:, None]


def _power(rng: np.random.Generator, count: int, size: int, power: float) -> Longs:
    return _by_power(rng.random(count), size, power)


def _by_power(chance: Any, size: Any, power: float) -> Longs:
    """Ranks below `size`, of which rank r comes with a chance near (r + 1)^−power, by even numbers in [0, 1)."""
    top = (size + 1.0) ** (1.0 - power)
    rank = ((top - 1.0) * chance + 1.0) ** (1.0 / (1.0 - power)) - 1.0
    found: Longs = np.minimum(rank, size - 1).astype(np.int64)
    return found


def _mixed(number: Longs) -> npt.NDArray[np.uint64]:
    """Numbers without order of numbers in order (the finaliser of SplitMix64; Steele et al. 2014), below 2^63."""
    x = number.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: npt.NDArray[np.uint64] = (x ^ (x >> np.uint64(31))) >> np.uint64(1)
    return mixed


DATASET: Final = MadeUp()
