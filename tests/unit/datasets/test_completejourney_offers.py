"""Campaigns, coupons, redemptions and promotions become items and events; every line here is made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from lingxi.datasets.completejourney_offers import DISPLAY, MAILER, Offers
from lingxi.ingest.columns import prepare

NOW = 1_800_000_000_000_000


def day(number: int) -> datetime:
    """A day of January 2017; the package's times have no zone."""
    return datetime(2017, 1, number, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def offers(tmp_path: Path) -> Offers:
    """Two campaigns, two coupons, one redemption, and a product that two households bought while it was promoted."""
    tables = {
        "campaign_descriptions": {
            "campaign_id": [1, 2],
            "campaign_type": ["Type A", "Type B"],
            "start_date": [day(2), day(9)],
            "end_date": [day(20), day(30)],
        },
        "campaigns": {"campaign_id": [1, 1, 2], "household_id": [7, 8, 8]},
        "coupons": {"coupon_upc": [51, 51, 52], "product_id": [100, 101, 100], "campaign_id": [1, 2, 1]},
        "coupon_redemptions": {
            "household_id": [7],
            "coupon_upc": [51],
            "campaign_id": [1],
            "redemption_date": [day(4)],
        },
        "promotions": {
            "product_id": [100, 100, 100, 101],
            "store_id": [3, 3, 4, 3],
            "display_location": ["9", "9", "0", "0"],
            "mailer_location": ["A", "0", "A", "0"],
            "week": [1, 2, 1, 1],
        },
        "transactions": {
            "household_id": [7, 7, 8, 8, 9],
            "store_id": [3, 3, 4, 3, 5],
            "basket_id": [70, 70, 80, 81, 90],
            "product_id": [100, 100, 100, 101, 100],
            "week": [1, 1, 1, 1, 1],
            "transaction_timestamp": [day(number) for number in (2, 2, 3, 4, 5)],
        },
    }
    for name, columns in tables.items():
        pl.DataFrame(columns).write_parquet(tmp_path / f"{name}.parquet")
    return Offers(tmp_path)


def test_campaigns_coupons_and_promotions_are_items(offers: Offers) -> None:
    items = {each.id: each for each in offers.items()}
    assert len(items) == offers.sizes()["items"] == 2 + 2 + 2 * (len(DISPLAY) + len(MAILER))
    assert {(each.kind, each.visible) for each in items.values()} == {("campaign", False)}
    assert items["campaign-1"].attributes == {
        "category_zh": "优惠 > 营销活动",
        "type": "Type A",
        "starts": "2017-01-02",
        "ends": "2017-01-20",
    }
    assert (items["coupon-51"].attributes or {})["campaigns"] == "1,2"
    assert (items["coupon-51"].attributes or {})["products"] == 2
    assert items["promotion-mailer-A-1"].title == "Mailer, week 1: Interior page feature"
    assert items["promotion-display-9-2"].title_zh == "第 2 周陈列：第二陈列位"


def test_mailings_redemptions_and_promoted_purchases_are_events(offers: Offers) -> None:
    frame = pl.concat(offers.events(2))
    assert len(frame) == offers.sizes()["events"] == 7
    told = [(kind, user, item, datetime.fromtimestamp(at / 1e6, UTC).day) for kind, user, item, at in frame.iter_rows()]
    assert told == [
        ("impression", "7", "campaign-1", 2),
        ("impression", "8", "campaign-1", 2),
        ("impression", "8", "campaign-2", 9),
        ("redeem", "7", "coupon-51", 4),
        # Two lines of one order meet a promotion once; a place of none, and a store without one, are no promotion.
        ("impression", "7", "promotion-display-9-1", 2),
        ("impression", "7", "promotion-mailer-A-1", 2),
        ("impression", "8", "promotion-mailer-A-1", 3),
    ]
    batch = prepare(frame, NOW)
    assert not batch.held
    assert len(set(batch.columns.id)) == 7
    assert set(frame["item"]) <= {each.id for each in offers.items()}
