"""What a file is, is seen by its names and its values; a mapping keeps it."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest

from lingxi.domain.errors import Invalid, LingxiError, Malformed, TooLarge
from lingxi.ingest.files import mapping as m
from lingxi.ingest.files import open as opening
from lingxi.ingest.files.look import refuse_open
from lingxi.ingest.files.sniff import encoding_of, form_of
from shop_files import HEADER, bring, read, seen, sheet

LINES = "1001;u1;a;Apple;2;1,50;25.03.2024 10:00\n1002;u2;b;Pear;1;2,00;26.03.2024 11:30\n"


def file(folder: Path, text: str | bytes, name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_all_lines_alike(delimiter: str) -> None:
    text = "id,name,price\n1,a,2\n2,b,3\n".replace(",", delimiter)
    assert form_of(text.encode(), "f").delimiter == delimiter


def test_a_decimal_comma_is_no_delimiter(tmp_path: Path) -> None:
    form = seen(file(tmp_path, HEADER + LINES)).files[0].form
    assert (form.delimiter, form.decimal, form.header, form.first) == (";", ",", 1, 2)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("商品;数量\n苹果;1\n".encode("gb18030"), "gb18030"),
        ("商品;数量\n苹果;1\n".encode("utf-8-sig"), "utf-8"),
        ("Größe;Menge\nmüßig;1\n".encode("cp1252"), "cp1252"),
        ("a;b\n1;2\n".encode("utf-16"), "utf-16-le"),
        (b"a;b\n1;2\n", "utf-8"),
    ],
)
def test_the_encoding_is_seen(text: bytes, encoding: str) -> None:
    assert encoding_of(text) == encoding


def test_the_columns_of_a_german_export_are_understood(tmp_path: Path) -> None:
    head = "Belegnummer;Kundennr;Artikelnummer;Bezeichnung;Menge;Einzelpreis;Belegdatum\n"
    table = seen(file(tmp_path, head + LINES)).mapping.tables[0]
    assert table.sort == "events"
    assert table.columns == {
        "at": "Belegdatum",
        "user": "Kundennr",
        "item": "Artikelnummer",
        "order": "Belegnummer",
        "quantity": "Menge",
        "price": "Einzelpreis",
        "item.title": "Bezeichnung",
    }
    assert table.times.formats == ["%d.%m.%Y %H:%M"]


def test_the_columns_of_a_chinese_export_are_understood(tmp_path: Path) -> None:
    text = (
        "用户ID,商品ID,商品类目ID,行为类型,时间戳\n1,2,3,pv,1511544070\n1,4,3,cart,1511561733\n2,2,3,buy,1511572885\n"
    )
    table = seen(file(tmp_path, text, "UserBehavior.csv")).mapping.tables[0]
    assert table.columns == {
        "at": "时间戳",
        "kind": "行为类型",
        "user": "用户ID",
        "item": "商品ID",
        "item.category": "商品类目ID",
    }
    assert table.kinds == {"pv": "view", "cart": "add_to_cart", "buy": "purchase"}
    assert table.times.formats == ["unix_s"]


def test_items_and_users_are_told_from_events(tmp_path: Path) -> None:
    file(tmp_path, "sku,title,brand,price,stock\na,Apple,X,1.5,3\nb,Pear,Y,2,0\n", "products.csv")
    file(tmp_path, "customer_id,name,age,city\nu1,Ann,30,Rome\nu2,Bob,40,Bern\n", "customers.csv")
    file(tmp_path, HEADER + LINES)
    looked = seen(tmp_path)
    assert {each.table.name: each.table.sort for each in looked.seen} == {
        "products": "items",
        "customers": "users",
        "sales": "events",
    }
    receipt = bring(tmp_path / "shop", looked)
    assert receipt.items.statuses == {"accepted": 2, "duplicate": 0} or receipt.items.statuses == {"accepted": 2}
    assert receipt.users.read == 2
    assert receipt.events.statuses == {"accepted": 2}
    users = next(each.table for each in looked.seen if each.table.sort == "users")
    assert users.sensitive == ["age"]


def test_a_mapping_is_written_and_read_as_it_was(tmp_path: Path) -> None:
    made = seen(file(tmp_path, HEADER + LINES)).mapping
    m.write(made, tmp_path / "mapping.toml")
    assert m.read(tmp_path / "mapping.toml") == made
    assert read(seen(tmp_path / "sales.csv", mapping=made)).survey.counts["events"] == 2


def test_a_mapping_for_another_file_is_refused(tmp_path: Path) -> None:
    made = seen(file(tmp_path, HEADER + LINES)).mapping
    other = file(tmp_path, "a;b\n1;2\n", "other.csv")
    with pytest.raises(Invalid, match="another file: it lacks 'order'") as told:
        seen(other, mapping=made)
    assert "other.csv, line 1" in told.value.where


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense = [", "no TOML"), ("version = 1\nfoo = 2", "foo"), ("[[tables]]\nname = 1", "Expected `str`")],
)
def test_a_mapping_that_is_none_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        m.read(file(tmp_path, text, "mapping.toml"))


def test_day_and_month_are_asked_unless_a_value_decides(tmp_path: Path) -> None:
    head = "user,item,price,date\n"
    rows = [f"u{n},i,1.5,0{n % 9 + 1}/02/2024" for n in range(20)]
    open_ = seen(file(tmp_path, head + "\n".join(rows) + "\n")).seen[0]
    assert open_.open == ["%d/%m/%Y", "%m/%d/%Y"]
    assert "column 'date'" in str(refuse_open(open_))
    decided = seen(file(tmp_path, head + "\n".join([*rows * 400, "u,i,1,01/13/2024"]) + "\n")).seen[0]
    assert decided.open == []
    assert decided.table.times.formats == ["%m/%d/%Y"]


def test_what_is_no_table_is_told_before_anything_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = ",".join(f"c{n}" for n in range(40_000)) + "\n" + ",".join("1" for _ in range(40_000)) + "\n"
    torn = gzip.compress((HEADER + LINES * 5_000).encode())[:-200]
    cases: list[tuple[str, bytes, type[LingxiError], str]] = [
        ("wide.csv", wide.encode(), TooLarge, "40,000 columns"),
        ("empty.csv", b"", Malformed, "not one row"),
        ("head.csv", HEADER.encode(), Malformed, "not one row"),
        ("long.csv", b"x" * (3 << 20), TooLarge, "first line is longer"),
        ("torn.csv.gz", torn, Malformed, "torn or damaged"),
        ("torn.parquet", b"PAR1" + bytes(100), Malformed, "torn or damaged"),
        ("torn.xlsx", b"PK\x03\x04" + bytes(100), Malformed, "torn or damaged"),
        ("photo.csv", bytes(range(256)) * 16, Malformed, "neither text nor"),
        ("array.json", b'[{"a":1}]', Malformed, "one JSON array"),
    ]
    for name, body, error, said in cases:
        with pytest.raises(error, match=said) as told:
            read(seen(file(tmp_path, body, name)))
        assert name in str(told.value)
        assert told.value.remedy


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "FREE_BYTES", 1 << 20)
    bomb = file(tmp_path, gzip.compress((HEADER + LINES * 200_000).encode()), "bomb.csv.gz")
    with pytest.raises(TooLarge, match="200 times"):
        read(seen(bomb))


def test_packed_or_not_it_is_the_same(tmp_path: Path) -> None:
    text = HEADER + LINES
    file(tmp_path, text, "a.csv")
    file(tmp_path, gzip.compress(text.encode()), "b.csv.gz")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("inner/c.csv", text)
    sheet(tmp_path / "d.xlsx", [line.split(";") for line in text.splitlines()])
    rows = [row.split(";") for row in LINES.splitlines()]
    pl.DataFrame(rows, schema=HEADER.strip().split(";"), orient="row").write_parquet(tmp_path / "e.parquet")
    pl.DataFrame(rows, schema=HEADER.strip().split(";"), orient="row").write_ndjson(tmp_path / "f.jsonl")
    for name in ("a.csv", "b.csv.gz", "c.zip", "d.xlsx", "e.parquet", "f.jsonl"):
        frame = next(iter(read(seen(tmp_path / name)).events(100)))
        got = frame.select("user", "item", "order", "quantity", "at").rows()
        assert got == [
            ("u1", "a", "1001", 2.0, 1_711_360_800_000_000),
            ("u2", "b", "1002", 1.0, 1_711_452_600_000_000),
        ], name
