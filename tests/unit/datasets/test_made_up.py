"""The made-up shop: of any size, always the same, with something in it to learn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lingxi.datasets.made_up import DATASET, DAY, MadeUp

SHOP = MadeUp(catalogue=500, acts=20_000, days=60)


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    return pl.concat(SHOP.events(7_000))


def test_it_is_as_large_as_it_says_and_in_order(events: pl.DataFrame) -> None:
    first, last = SHOP.span()

    assert len(events) == SHOP.sizes()["events"] == 20_000
    assert events["at"].is_sorted()
    assert first <= events["at"][0] <= events["at"][-1] <= last
    assert set(events["item"]) <= {each.id for each in SHOP.items()}
    assert [each.id for each in SHOP.items()] == sorted(f"i{number}" for number in range(500))


def test_the_same_settings_give_the_same_log_and_another_seed_another(events: pl.DataFrame) -> None:
    again = pl.concat(MadeUp(catalogue=500, acts=20_000, days=60).events(100))

    assert again.equals(events)
    assert not pl.concat(MadeUp(catalogue=500, acts=20_000, days=60, seed=1).events(10**6)).equals(events)


def test_few_items_have_much_of_it_and_others_later(events: pl.DataFrame) -> None:
    """Given the first and the last ten days, a tenth of the items has most of each, and it is not the same tenth."""
    early = events.filter(pl.col("at") < SHOP.span()[0] + 10 * DAY)
    late = events.filter(pl.col("at") >= SHOP.span()[0] + 50 * DAY)
    best = [Counter(part["item"].to_list()).most_common(50) for part in (early, late)]

    assert all(sum(count for _, count in top) > 0.25 * len(part) for top, part in zip(best, (early, late), strict=True))
    assert len({name for name, _ in best[0]} & {name for name, _ in best[1]}) < 35


def test_sessions_follow_a_taste_and_an_item_what_goes_with_it(events: pl.DataFrame) -> None:
    """Given acts that follow each other, many are of one group, and a few pairs make up much of what follows."""
    number = np.array([int(name[1:]) for name in events["item"]])
    session = events["session"].to_numpy()
    order = np.argsort(session, kind="stable")
    together = session[order][1:] == session[order][:-1]
    group, place = number[order] % SHOP.groups, number[order] // SHOP.groups
    size = (SHOP.catalogue - 1 - group) // SHOP.groups + 1
    step = ((place[1:] - place[:-1] * 7) % size[1:])[together]

    assert (group[1:] == group[:-1])[together].all()
    assert np.isin(step, (1, 2, 3)).mean() > 0.5
    assert abs((events["kind"] == "purchase").sum() / events["session"].n_unique() - SHOP.bought) < 0.05


def test_it_is_written_in_files_that_hold_whole_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lingxi.datasets.made_up.ROWS", 5_000)

    files = SHOP.write(tmp_path)

    assert len(files) == 4
    assert pl.concat([pl.read_parquet(each) for each in files]).equals(pl.concat(SHOP.events(10**6)))
    assert len(pl.read_parquet(tmp_path / "items.parquet")) == 500


def test_it_can_be_imported_by_its_name() -> None:
    assert DATASET.name == "made_up"
    assert list(DATASET.users()) == []
