"""Published data sets are read as they are published; every line here is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lingxi import registry
from lingxi.cli.main import run
from lingxi.domain.errors import Invalid, Unknown
from lingxi.domain.item import Item
from lingxi.ingest.files.dataset import Files
from lingxi.ingest.files.known import look_at
from shop_files import NOW, quiet

SETS: dict[str, tuple[dict[str, str], list[dict[str, Any]], dict[str, str]]] = {
    "movielens": (
        {
            "ratings.csv": "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n2,306,3.5,1147868817\n",
            "movies.csv": 'movieId,title,genres\n296,"Fiction, Pulp (1994)",Comedy|Crime\n306,Red (1994),Drama\n',
            "links.csv": "movieId,imdbId\n296,1\n",
        },
        [
            {"kind": "rate", "user": "1", "item": "296", "value": 5.0, "at": 1_147_880_044_000_000},
            {"kind": "rate", "user": "2", "item": "306", "value": 3.5, "at": 1_147_868_817_000_000},
        ],
        {"296": "Comedy", "306": "Drama"},
    ),
    "movielens, ml-1m": (
        {
            "ratings.dat": "1::1193::5::978300760\n2::661::3::978302109\n",
            "movies.dat": "1193::One Flew (1975)::Drama|War\n661::James: a Peach (1996)::Animation\n",
            "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
        },
        [
            {"kind": "rate", "user": "1", "item": "1193", "value": 5.0, "at": 978_300_760_000_000},
            {"kind": "rate", "user": "2", "item": "661", "value": 3.0, "at": 978_302_109_000_000},
        ],
        {"1193": "Drama", "661": "Animation"},
    ),
    "movielens, ml-100k": (
        {
            "u.data": "196\t242\t3\t881250949\n186\t302\t4\t891717742\n",
            "u.item": "242|Kolya (1996)|24-Jan-1997||http://x|0|0|0|0|0|1" + "|0" * 13 + "\n"
            "302|L.A. (1997)|01-Jan-1997||http://y|0|0|0|0|0|0|1" + "|0" * 12 + "\n",
            "u.user": "186|24|M|technician|85711\n196|53|F|other|94043\n",
        },
        [
            {"kind": "rate", "user": "196", "item": "242", "value": 3.0, "at": 881_250_949_000_000},
            {"kind": "rate", "user": "186", "item": "302", "value": 4.0, "at": 891_717_742_000_000},
        ],
        {"242": "Comedy", "302": "Crime"},
    ),
    "amazon_reviews": (
        {
            "Beauty.jsonl": '{"rating": 4.0, "text": "fine", "asin": "A1", "parent_asin": "P1", "user_id": "u1", '
            '"timestamp": 1588687728923}\n{"rating": 1.0, "text": "' + "so " * 2000 + '", "asin": "A2", '
            '"parent_asin": "P2", "user_id": "u2", "timestamp": 1588687729000}\n',
            "meta_Beauty.jsonl": '{"parent_asin": "P1", "title": "Soap", "main_category": "Beauty", "price": 9.99, '
            '"store": "S"}\n{"parent_asin": "P2", "title": "Oil", "main_category": "Care", "price": null, '
            '"store": "T"}\n',
        },
        [
            {"kind": "review", "user": "u1", "item": "P1", "value": 4.0, "at": 1_588_687_728_923_000},
            {"kind": "review", "user": "u2", "item": "P2", "value": 1.0, "at": 1_588_687_729_000_000},
        ],
        {"P1": "Beauty", "P2": "Care"},
    ),
    "amazon_reviews, 2018": (
        {
            "Beauty_5.json": '{"reviewerID": "u1", "asin": "A1", "overall": 5.0, "reviewText": "good", '
            '"unixReviewTime": 1391040000}\n'
        },
        [{"kind": "review", "user": "u1", "item": "A1", "value": 5.0, "at": 1_391_040_000_000_000}],
        {},
    ),
    "yoochoose": (
        {
            "yoochoose-clicks.dat": "1,2014-04-07T10:51:09.277Z,214536502,0\n2,2014-04-07T13:56:37.614Z,214662742,S\n",
            "yoochoose-buys.dat": "1,2014-04-07T10:55:00.000Z,214536502,1046,2\n",
        },
        [
            {"kind": "purchase", "session": "1", "item": "214536502", "price": 1046.0, "quantity": 2.0},
            {"kind": "view", "session": "1", "item": "214536502", "at": 1_396_867_869_277_000},
            {"kind": "view", "session": "2", "item": "214662742", "at": 1_396_878_997_614_000},
        ],
        {"214536502": "0", "214662742": "S"},
    ),
    "diginetica": (
        {
            "train-item-views.csv": "sessionId;userId;itemId;timeframe;eventdate\n1;NA;81766;526309;2016-05-09\n"
            "1;7;31331;1031018;2016-05-09\n",
            "train-purchases.csv": "sessionId;userId;timeframe;eventdate;ordernumber;itemId\n"
            "1;7;2000000;2016-05-09;16421;31331\n",
            "products.csv": "itemId;pricelog2;product.name.tokens\n81766;10;4875,776\n31331;9;1,2\n",
            "product-categories.csv": "itemId;categoryId\n81766;1096\n31331;5\n",
        },
        [
            {"kind": "view", "session": "1", "item": "81766", "at": 1_462_752_526_309_000},
            {"kind": "view", "user": "7", "item": "31331", "at": 1_462_753_031_018_000},
            {"kind": "purchase", "user": "7", "item": "31331", "order": "16421", "at": 1_462_754_000_000_000},
        ],
        {"81766": "1096", "31331": "5"},
    ),
    "retailrocket": (
        {
            "events.csv": "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n"
            "1433224214164,992329,transaction,356475,4000\n",
            "item_properties_part1.csv": "timestamp,itemid,property,value\n1435460400000,355908,categoryid,1338\n"
            "1441508400000,355908,888,n1116\n1431226800000,356475,categoryid,7\n1433226800000,356475,categoryid,8\n",
        },
        [
            {"kind": "view", "user": "257597", "item": "355908", "order": None, "at": 1_433_221_332_117_000},
            {"kind": "purchase", "user": "992329", "item": "356475", "order": "4000"},
        ],
        {"355908": "1338", "356475": "8"},
    ),
    "online_retail": (
        {
            "online_retail_II.csv": "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
            "489434,85048,LIGHTS,12,2010-07-01 07:45:00,6.95,13085.0,United Kingdom\n"
            "C489449,85048,LIGHTS,-2,2010-07-02 10:33:00,6.95,13085.0,United Kingdom\n"
        },
        [
            {"kind": "purchase", "user": "13085", "item": "85048", "order": "489434", "at": 1_277_966_700_000_000},
            {"kind": "refund", "quantity": 2.0, "price": 6.95},
        ],
        {"85048": ""},
    ),
    "hm": (
        {
            "transactions_train.csv": "t_dat,customer_id,article_id,price,sales_channel_id\n"
            "2018-09-20,0a,0663713001,0.0508,2\n",
            "articles.csv": "article_id,prod_name,product_type_name,product_group_name,colour_group_name\n"
            "0663713001,Strap top,Vest top,Upper body,Black\n",
            "customers.csv": "customer_id,FN,club_member_status,age\n0a,1,ACTIVE,49\n",
        },
        [{"kind": "purchase", "user": "0a", "item": "0663713001", "price": 0.0508, "at": 1_537_401_600_000_000}],
        {"0663713001": "Vest top"},
    ),
    "taobao": (
        {"UserBehavior.csv": "1,2268318,2520377,pv,1511544070\n1,2333346,2520771,fav,1511561733\n"},
        [
            {"kind": "view", "user": "1", "item": "2268318", "at": 1_511_544_070_000_000},
            {"kind": "like", "user": "1", "item": "2333346", "at": 1_511_561_733_000_000},
        ],
        {"2268318": "2520377", "2333346": "2520771"},
    ),
    "instacart": (
        {
            "orders.csv": "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n"
            "9,1,prior,1,2,08,\n5,1,prior,2,3,07,15.0\n",
            "order_products__prior.csv": "order_id,product_id,add_to_cart_order,reordered\n9,196,1,0\n5,196,1,1\n",
            "products.csv": "product_id,product_name,aisle_id,department_id\n196,Soda,77,7\n",
            "aisles.csv": "aisle_id,aisle\n77,soft drinks\n",
            "departments.csv": "department_id,department\n7,beverages\n",
        },
        [
            {"kind": "purchase", "user": "1", "item": "196", "order": "9", "at": 1_483_430_400_000_000},
            {"kind": "purchase", "user": "1", "item": "196", "order": "5", "at": 1_484_722_800_000_000},
        ],
        {"196": "beverages > soft drinks"},
    ),
}


def opened(folder: Path, name: str, files: dict[str, str]) -> Files:
    """The files of a set, written, known and read through once."""
    for file, text in files.items():
        (folder / file).write_text(text)
    looked = look_at([folder], registry.load("datasets", name, "PUBLIC"), None)
    data = Files(looked.files, NOW)
    data.look_through(quiet)
    return data


@pytest.mark.parametrize("name", SETS)
def test_a_published_set_is_read_as_it_is_published(tmp_path: Path, name: str) -> None:
    files, expected, categories = SETS[name]
    data = opened(tmp_path, name.partition(",")[0], files)
    frame = pl.concat(list(data.events(100)), how="diagonal_relaxed")
    assert frame["fault"].null_count() == len(frame), frame["why"].to_list()
    rows = frame.to_dicts()
    assert [{field: row.get(field) for field in wanted} for row, wanted in zip(rows, expected, strict=True)] == expected
    found = [each for each in data.items() if isinstance(each, Item)]
    assert {each.id: each.category for each in found} == categories
    assert data.survey.statuses.get("quarantined", 0) == 0


def test_every_published_set_has_a_sample_here() -> None:
    published = {name for name in registry.names("datasets") if hasattr(registry.module("datasets", name), "PUBLIC")}
    assert published == {name.partition(",")[0] for name in SETS}


def test_traits_that_no_model_may_use_are_marked(tmp_path: Path) -> None:
    data = opened(tmp_path, "hm", SETS["hm"][0])
    traits = next(iter(data.users())).traits  # type: ignore[union-attr]
    assert (traits["age"].sensitive, traits["club"].sensitive) == (True, False)


def test_a_folder_without_the_set_and_a_file_of_another_say_so(tmp_path: Path) -> None:
    public = registry.load("datasets", "instacart", "PUBLIC")
    (tmp_path / "readme.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Unknown, match="no file of 'instacart'") as told:
        look_at([tmp_path], public, None)
    assert "kaggle.com" in str(told.value.remedy)
    (tmp_path / "order_products__prior.csv").write_text("order_id,product_id\n1,2\n")
    with pytest.raises(Unknown, match="the file of orders is missing"):
        look_at([tmp_path], public, None)
    (tmp_path / "orders.csv").write_text("order,user\n1,2\n")
    with pytest.raises(Invalid, match="there is no column 'order_id'"):
        look_at([tmp_path], public, None)


def test_the_command_takes_a_name_before_the_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINGXI_HOME", str(tmp_path / "home"))
    folder = tmp_path / "ml"
    folder.mkdir()
    opened(folder, "movielens", SETS["movielens"][0])
    for _ in range(2):
        assert run(["import", "movielens", str(folder), "--yes"]) == 0, capsys.readouterr().err
    assert "duplicate" in capsys.readouterr().out
    assert (tmp_path / "home" / "shops" / "default" / "mappings" / "movielens.toml").exists()
    assert run(["import", "moveilens", str(folder), "--yes"]) == 2
    assert "movielens" in capsys.readouterr().err
    assert run(["import", "movielens"]) != 0
    assert "grouplens.org" in capsys.readouterr().err
