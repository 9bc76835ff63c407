"""Every line of a file is accounted for, whatever it holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.domain.errors import LingxiError
from lingxi.ingest.columns import prepare
from lingxi.ingest.files.dataset import Files
from lingxi.ingest.files.lines import lines
from shop_files import HEADER, NOW, quiet, read, seen, sheet

GOOD = "1;u1;a;Apple;2;1,50;25.03.2024 10:00\n"


def held(folder: Path, *body: str | bytes) -> dict[int, tuple[str, str]]:
    """Line → (rule, reason) of what is held of a file with these lines among good ones."""
    path = folder / "sales.csv"
    other = GOOD.replace("Apple", "Äpfel").encode()
    parts = [each if isinstance(each, bytes) else each.encode() for each in body]
    path.write_bytes(HEADER.encode() + other * 10 + b"".join(parts) + other * 10)
    data = read(seen(path))
    frames = list(data.events(100_000))
    batch = [prepare(frame, NOW) for frame in frames]
    assert sum(len(each.columns) + len(each.held) for each in batch) == data.survey.counts["events"]
    found = [(each.rule, each.reason) for part in batch for each in part.held]
    return {int(why.split("line ")[1].split(":")[0]): (rule, why) for rule, why in found}


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        ("1;u1;a\n", "line_fields", "3 fields separated by ';'; 7 were expected"),
        ("1;u1;a;b;2;1,5;25.03.2024;x\n", "line_fields", "8 fields"),
        (HEADER, "line_header", "names of the columns once more"),
        (b"1;u1;a;Ap\x00ple;2;1,50;25.03.2024 10:00\n", "line_nul", "NUL byte at column 10"),
        (b"1;u1;a;Caf\xe9;2;1,50;25.03.2024 10:00\n", "line_encoding", "bytes at column 11 are no utf-8"),
        ('1;u1;a;"Apple;2;1,50;25.03.2024 10:00\n', "line_quote", "quote opens at column 8"),
        ("1;u1;a;" + "x" * (1 << 20) + ";2;1,50;25.03.2024 10:00\n", "line_too_long", "longer than 1,048,576 bytes"),
        ("1;u1;a;Apple;two;1,50;25.03.2024 10:00\n", "number_unreadable", "column 'quantity' holds 'two'"),
        ("1;u1;a;Apple;2;1,50;tomorrow\n", "time_unreadable", "holds 'tomorrow'; a time like %d.%m.%Y %H:%M"),
        ("1;u1;a;Apple;2;1,50;\n", "time_unreadable", "holds 'nothing'"),
        ("1;u1;" + "a" * 200 + ";Apple;2;1,50;25.03.2024 10:00\n", "shape", "item: longer than 128"),
    ],
)
def test_a_bad_line_is_held_with_its_number_and_the_others_stay(
    tmp_path: Path, line: str | bytes, rule: str, said: str
) -> None:
    found = held(tmp_path, line)
    assert list(found) == [12]
    assert found[12][0] == rule
    assert said in found[12][1]


def test_quoted_fields_may_go_over_lines_and_hold_delimiters(tmp_path: Path) -> None:
    assert (
        held(
            tmp_path,
            '1;u1;a;"An ""apple"";\nred\n";2;1,50;25.03.2024 10:00\n',
            '2;u1;a;7" plate;2;1;25.03.2024 10:00\n',
        )
        == {}
    )
    data = read(seen(tmp_path / "sales.csv"))
    frame = next(iter(data.events(100)))
    assert frame["line"].to_list() == [*range(2, 13), *range(15, 26)]


def test_the_hour_that_a_clock_skips_is_held_and_the_one_it_repeats_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    night = "1;u1;a;Apple;2;1,50;31.03.2024 02:30\n1;u1;a;Apple;2;1,50;27.10.2024 02:30\n"
    path.write_text(HEADER + GOOD + night)
    data = read(seen(path, zone="Europe/Berlin"))
    frame = next(iter(data.events(100)))
    assert frame["fault"].to_list() == [None, "time_gap", None]
    assert frame["repairs"].to_list() == [None, None, "time_fold"]
    assert frame["at"][2] == 1_729_989_000_000_000


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_lines_are_the_same_in_blocks_of_any_size(size: int) -> None:
    class Bytes:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def read(self, most: int) -> bytes:
            taken, self.data = self.data[:most], self.data[most:]
            return taken

    data = b"one\r\n\ntwo\n" + b"x" * 100 + b"\nthree"
    blocks = list(lines(Bytes(data), "utf-8", block=size, limit=50))
    text = {block.first + n: line for block in blocks for n, line in enumerate(block.text)}
    faults = [fault.line for block in blocks for fault in block.faults]
    assert text == {1: "one", 2: "", 3: "two", 4: "", 5: "three"}
    assert faults == [4]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\n\r";'), max_size=6)
LINE = st.lists(CELL, min_size=1, max_size=9).map(";".join) | st.sampled_from(
    [GOOD.strip(), GOOD.strip(), HEADER.strip(), ""]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=30))
def test_the_receipt_adds_up_to_the_lines_that_are_there(rows: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        path.write_text(HEADER + GOOD * 300 + "".join(f"{row}\n" for row in rows), newline="", encoding="utf-8")
        data = read(seen(path))
        batches = [prepare(frame, NOW) for frame in data.events(97)]
        assert data.survey.counts["events"] == 300 + sum(1 for row in rows if row)
        assert sum(data.survey.statuses.values()) == data.survey.counts["events"]
        assert sum(len(each.columns) + len(each.held) for each in batches) == data.survey.counts["events"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", HEADER.encode() + GOOD.encode() * 2]))
def test_any_bytes_are_read_or_refused_in_plain_words(body: bytes, before: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        path.write_bytes(before + body)
        try:
            looked = seen(path)
            data = Files(looked.files, NOW)
            survey = data.look_through(quiet)
        except LingxiError as told:
            refused = told
            assert refused.remedy
            return
        batches = [prepare(frame, NOW) for frame in data.events(1_000)]
        assert sum(len(each.columns) + len(each.held) for each in batches) == survey.counts["events"]


def test_a_table_reads_the_same_typed_or_as_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"user": [1.0, 2.0], "item": [5, 6], "time": [1_700_000_000, 1_700_000_100], "price": [1.5, 2.0]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_csv(tmp_path / "b.csv")
    typed, text = (next(iter(read(seen(tmp_path / name)).events(9))) for name in ("a.parquet", "b.csv"))
    assert typed.drop("file", "line").equals(text.drop("file", "line"), null_equal=True)
    assert typed["user"].to_list() == ["1", "2"]


def test_columns_may_be_called_what_polars_takes_for_many(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("customer;product;*;^p.*$;date\nu1;tea;1;green;2024-01-31\nu2;pie;NULL;round;2024-01-30\n")
    workbook = sheet(tmp_path / "sales.xlsx", [["customer", "product", "*", "date"], ["u1", "tea", "1", "2024-01-31"]])
    lines = tmp_path / "sales.jsonl"
    lines.write_text('{"customer": "u1", "product": "tea", "*": 1, "^p.*$": 2, "date": "2024-01-31"}\n')
    table = tmp_path / "sales.parquet"
    pl.read_ndjson(lines).write_parquet(table)
    for file, items in ((path, ["tea", "pie"]), (workbook, ["tea"]), (lines, ["tea"]), (table, ["tea"])):
        batches = [prepare(frame, NOW) for frame in read(seen(file)).events(1_000)]
        assert [each.columns.item for each in batches] == [items]
