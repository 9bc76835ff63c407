"""A workbook's sheets and a folder's files: what has the same columns is read, what is not is told."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from lingxi import registry
from lingxi.cli.main import run
from lingxi.domain.errors import Invalid, Unknown
from lingxi.ingest.files.known import look_at
from shop_files import HEADER, book, bring, read, seen

HEAD = HEADER.strip().split(";")
APPLES = ["1001", "u1", "a", "Apple", "2", "1,50", "25.03.2024 10:00"]
PEARS = ["1002", "u2", "b", "Pear", "1", "2,00", "26.03.2024 11:30"]


def years(path: Path) -> Path:
    """Two sheets of sales that share a line, one of notes, one without rows."""
    notes = [["customer", "city"], ["u1", "Rome"]]
    return book(
        path, {"2023": [HEAD, APPLES], "Empty": [], "2024": [["Sales"], [], HEAD, APPLES, PEARS], "Notes": notes}
    )


def test_all_sheets_with_the_columns_of_the_first_are_read_and_the_others_told(tmp_path: Path) -> None:
    looked = seen(years(tmp_path / "sales.xlsx"))
    assert [each.source.name for each in looked.files] == ["sales.xlsx, sheet '2023'", "sales.xlsx, sheet '2024'"]
    assert looked.left == ["sales.xlsx, sheet 'Notes': it has other columns (customer, city)"]
    receipt = bring(tmp_path / "shop", looked)
    # A line that both sheets have is one event, as it is when the same file comes twice.
    assert receipt.events.statuses == {"accepted": 2, "duplicate": 1}
    assert receipt.files == ["sales.xlsx, sheet '2023'", "sales.xlsx, sheet '2024'"]
    assert bring(tmp_path / "shop", looked).events.statuses == {"duplicate": 3}


def test_a_mapping_may_name_one_sheet(tmp_path: Path) -> None:
    path = years(tmp_path / "sales.xlsx")
    mapping = seen(path).mapping
    assert len(seen(path, mapping=mapping).files) == 2
    table = mapping.tables[0]

    def only(sheet: str) -> msgspec.Struct:
        form = msgspec.structs.replace(table.form, sheet=sheet)
        return msgspec.structs.replace(mapping, tables=[msgspec.structs.replace(table, form=form)])

    looked = seen(path, mapping=only("2024"))  # type: ignore[arg-type]
    assert read(looked).survey.counts["events"] == 2
    assert [told.partition(":")[0] for told in looked.left] == ["sales.xlsx, sheet '2023'", "sales.xlsx, sheet 'Notes'"]
    with pytest.raises(Invalid, match="no sheet '2025'"):
        seen(path, mapping=only("2025"))  # type: ignore[arg-type]


def test_the_command_names_sheets_and_what_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINGXI_HOME", str(tmp_path / "home"))
    path = years(tmp_path / "sales.xlsx")
    assert run(["import", str(path), "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "sheet '2023'; sales.xlsx, sheet '2024': events" in " ".join(said.out.split())
    assert "left out: sales.xlsx, sheet 'Notes'" in said.err
    assert run(["import", str(path), "--yes", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["left_out"] == ["sales.xlsx, sheet 'Notes': it has other columns (customer, city)"]
    assert "left out: sales.xlsx, sheet 'Notes'" in said.err


def test_a_folder_gives_what_fits_and_says_what_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("\n".join(map(";".join, [HEAD, APPLES])) + "\n")
    (tmp_path / "package.json").write_text('{\n  "name": "export"\n}\n')
    (tmp_path / "list.json").write_text('[{"a": 1}]\n')
    (tmp_path / "one.json").write_text('{"version": "1.2"}\n')
    (tmp_path / "logo.png").write_bytes(b"no table")
    looked = seen(tmp_path)
    assert [each.source.name for each in looked.files] == ["sales.csv"]
    told = "\n".join(looked.left)
    assert all(name in told for name in ("package.json", "list.json: it is one JSON array", "one.json", "logo.png"))
    with pytest.raises(Invalid, match="one JSON array"):
        seen(tmp_path / "list.json")
    (tmp_path / "sales.csv").unlink()
    with pytest.raises(Unknown, match=r"list\.json"):
        seen(tmp_path)


def test_a_named_file_that_is_none_of_a_published_set_is_an_error(tmp_path: Path) -> None:
    public = registry.load("datasets", "movielens", "PUBLIC")
    ratings, other = tmp_path / "ratings.csv", tmp_path / "rating_2.csv"
    for path in (ratings, other):
        path.write_text("userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n")
    with pytest.raises(Unknown, match=r"'rating_2\.csv' is no file of 'movielens'"):
        look_at([ratings, other], public, None)
    looked = look_at([tmp_path], public, None)
    assert [each.source.name for each in looked.files] == ["ratings.csv"]
    assert looked.left == ["rating_2.csv: no such files are read"]


def test_a_published_workbook_is_read_with_all_its_years(tmp_path: Path) -> None:
    head = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
    row = ["489434", "85048", "LIGHTS", "12", "2010-07-01 07:45:00", "6.95", "13085.0", "United Kingdom"]
    back = ["C489449", "85048", "LIGHTS", "-12", "2010-12-02 10:33:00", "6.95", "13085.0", "United Kingdom"]
    path = book(tmp_path / "online_retail_II.xlsx", {"Year 2009-2010": [head, row], "Year 2010-2011": [head, back]})
    looked = look_at([path], registry.load("datasets", "online_retail", "PUBLIC"), None)
    receipt = bring(tmp_path / "shop", looked)
    assert receipt.events.statuses == {"accepted": 2}
    # The purchase of a return may stand in another sheet.
    assert (receipt.refunds, receipt.linked) == (1, 1)
