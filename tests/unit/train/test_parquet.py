"""A snapshot of Parquet files: of any that has the columns, such as an export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from learning_shop import fill
from lingxi.backends.log.sqlite import open_log
from lingxi.domain.errors import Invalid
from lingxi.train import parquet
from lingxi.train.parquet import snapshot_of
from lingxi.workflows.export import CHANGES, ITEMS, export
from lingxi.workflows.goods import goods_of


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def test_an_export_holds_what_the_log_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a shop's export, when a snapshot is made of it in small parts, it is the log's own but for ties."""
    log = open_log(tmp_path / "shop")
    fill(log, 9)
    acts, goods = log.interactions(log.head()), goods_of(log)
    export(log, tmp_path / "export", "default", 1, "0", silent)
    shoppers = log.shopper_ids()
    log.close()
    monkeypatch.setattr(parquet, "ROWS", 50)

    found = snapshot_of([tmp_path / "export" / CHANGES], tmp_path / "export" / ITEMS, tmp_path / "room")

    def told(acts, ids):
        lines = zip(acts.at, acts.shopper, acts.item, acts.kind, acts.quantity, strict=True)
        return sorted((int(at), int(who), ids[item], int(kind), str(q)) for at, who, item, kind, q in lines)

    assert len(shoppers) == 60
    assert told(found.interactions, found.goods.ids) == told(acts, goods.ids)
    assert (np.diff(found.interactions.at) >= 0).all()
    assert found.goods.categories == goods.categories
    assert found.goods.titles == goods.titles
    assert found.about.since == int(acts.at[0])


def frame(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"kind": ["view"], "item": ["a"], "at": [5], "user": ["u"], **columns})


def test_users_and_sessions_are_never_mixed_up_and_items_need_no_catalogue(tmp_path: Path) -> None:
    """Given a user and a session of one name, and no file of items, there are two shoppers and a stub an item."""
    both = pl.concat(
        [frame(session=["u"]), frame(user=pl.Series([None], dtype=pl.String), item=["b"], session=["u"], at=[4])]
    )
    both.write_parquet(tmp_path / "events.parquet")

    found = snapshot_of([tmp_path / "events.parquet"], None, tmp_path / "room")

    assert found.interactions.at.tolist() == [4, 5]
    assert len(set(found.interactions.shopper.tolist())) == 2
    assert (sorted(found.goods.ids), found.goods.listed.any()) == (["a", "b"], np.False_)


@pytest.mark.parametrize(
    ("columns", "said"),
    [({"kind": ["look"]}, "no kind of event: look"), ({"kind": pl.Series([None], dtype=pl.String)}, "without a kind")],
)
def test_what_a_log_would_not_take_is_told(tmp_path: Path, columns: dict[str, object], said: str) -> None:
    frame(**columns).write_parquet(tmp_path / "events.parquet")

    with pytest.raises(Invalid, match=said) as error:
        snapshot_of([tmp_path / "events.parquet"], None, tmp_path / "room")

    assert "events.parquet" in str(error.value)


def test_a_missing_column_and_a_broken_file_are_told(tmp_path: Path) -> None:
    frame().drop("item").write_parquet(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")

    with pytest.raises(Invalid, match="a column is missing: item"):
        snapshot_of([tmp_path / "a.parquet"], None, tmp_path / "room")
    with pytest.raises(Invalid, match="cannot be read"):
        snapshot_of([tmp_path / "b.parquet"], None, tmp_path / "room")
