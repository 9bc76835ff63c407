"""Exports as well-known shops and data sets publish them are understood without a word; lines are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop_files import read, seen

EXPORTS = {
    "retailrocket: events.csv": (
        "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n"
        "1433224214164,992329,addtocart,248676,\n1433222276276,599528,transaction,356475,4000\n",
        {"at": "timestamp", "kind": "event", "user": "visitorid", "item": "itemid", "order": "transactionid"},
        ["view", "add_to_cart", "purchase"],
        1_433_221_332_117_000,
    ),
    "yoochoose: yoochoose-clicks.dat": (
        "1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,0\n"
        "2,2014-04-07T13:56:37.614Z,214662742,S\n",
        {"at": "column 2", "user": "column 1", "item": "column 3"},
        ["view"] * 3,
        1_396_867_869_277_000,
    ),
    "taobao: UserBehavior.csv": (
        "1,2268318,2520377,pv,1511544070\n1,2333346,2520771,cart,1511561733\n2,2576651,149192,buy,1511572885\n",
        {"at": "column 5", "kind": "column 4", "user": "column 1", "item": "column 2"},
        ["view", "add_to_cart", "purchase"],
        1_511_544_070_000_000,
    ),
    "movielens: ratings.csv": (
        "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n1,306,3.5,1147868817\n2,1,4.0,1141415820\n",
        {"at": "timestamp", "user": "userId", "item": "movieId", "value": "rating"},
        ["rate"] * 3,
        1_147_880_044_000_000,
    ),
    "amazon: Beauty_5.json": (
        '{"reviewerID": "A1", "asin": "B01", "overall": 5.0, "reviewText": "fine", "unixReviewTime": 1391040000}\n'
        '{"reviewerID": "A2", "asin": "B01", "overall": 2.0, "reviewText": "so so", "unixReviewTime": 1397779200}\n',
        {"at": "unixReviewTime", "user": "reviewerID", "item": "asin", "value": "overall", "text": "reviewText"},
        ["review"] * 2,
        1_391_040_000_000_000,
    ),
    "h&m: transactions_train.csv": (
        "t_dat,customer_id,article_id,price,sales_channel_id\n2018-09-20,0a,0663713001,0.0508,2\n"
        "2018-09-21,0b,0541518023,0.0304,1\n",
        {"at": "t_dat", "user": "customer_id", "item": "article_id", "price": "price", "channel": "sales_channel_id"},
        ["purchase"] * 2,
        1_537_401_600_000_000,
    ),
    "online retail ii: online_retail_II.csv": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489434,85048,CHRISTMAS LIGHTS,12,12/1/2009 7:45,6.95,13085.0,United Kingdom\n"
        "C489449,22087,PAPER BUNTING,-12,12/13/2009 10:33,2.95,16321.0,Australia\n",
        {
            "at": "InvoiceDate",
            "user": "Customer ID",
            "item": "StockCode",
            "order": "Invoice",
            "quantity": "Quantity",
            "price": "Price",
            "item.title": "Description",
            "user.country": "Country",
        },
        ["purchase", "refund"],
        1_259_653_500_000_000,
    ),
    "shopify-like: orders.csv": (
        "Order ID,Created at,Customer ID,Lineitem sku,Lineitem quantity,Lineitem price,Currency\n"
        "#1,2024-03-25 10:00:00 +0100,c1,s1,1,9.99,EUR\n#2,2024-03-26 10:00:00 +0100,c2,s2,2,5.00,EUR\n",
        {
            "at": "Created at",
            "user": "Customer ID",
            "item": "Lineitem sku",
            "order": "Order ID",
            "quantity": "Lineitem quantity",
            "price": "Lineitem price",
            "currency": "Currency",
        },
        ["purchase"] * 2,
        1_711_357_200_000_000,
    ),
}


@pytest.mark.parametrize("export", EXPORTS)
def test_an_export_is_understood(tmp_path: Path, export: str) -> None:
    text, columns, kinds, first = EXPORTS[export]
    path = tmp_path / export.partition(": ")[2]
    path.write_text(text)
    looked = seen(path)
    table = looked.mapping.tables[0]
    assert table.sort == "events"
    assert {field: column for field, column in table.columns.items() if field in columns or "." in field} == columns
    frame = next(iter(read(looked).events(100)))
    assert frame["kind"].to_list() == kinds
    assert frame["at"][0] == first
    assert frame["fault"].null_count() == len(frame)
    assert frame["user"].str.ends_with(".0").sum() == 0


def test_titles_and_second_headers_above_the_rows_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    rows = "".join(f"u{n},i{n},{n + 1},2024-03-{n + 10}\n" for n in range(9))
    path.write_text(f"Sales of March\n\nuser,item,quantity,date\ncode,code,pieces,day\n{rows}")
    looked = seen(path)
    form = looked.files[0].form
    assert (form.header, form.first, form.names) == (3, 5, ["user", "item", "quantity", "date"])
    assert any("second header" in note for note in looked.seen[0].notes)
    survey = read(looked).survey
    assert (survey.counts["events"], survey.statuses.get("quarantined", 0)) == (9, 0)


def test_a_file_without_a_time_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("user,item,rating\nu,i,5\nv,i,4\n")
    with pytest.raises(Exception, match="no column is 'at'") as told:
        read(seen(path))
    assert "user, item, rating" in str(told.value)
