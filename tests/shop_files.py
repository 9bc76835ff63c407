"""Made-up files, and bringing them in as `lingxi import --yes` does."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from lingxi.backends.checkpoints.folder import open_checkpoints
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.ingest.files.dataset import Files
from lingxi.ingest.files.look import Looked, look
from lingxi.ingest.files.mapping import Mapping
from lingxi.workflows.imports import ImportReceipt, Shop, import_dataset
from lingxi.workflows.look import look_through

NOW = 1_800_000_000_000_000
HEADER = "order;customer;product;name;quantity;price;date\n"


def quiet(stage: str, done: float, **figures: float) -> None:
    """A watch that says nothing."""


def seen(*paths: Path, mapping: Mapping | None = None, zone: str = "UTC") -> Looked:
    """What is seen of files."""
    return look(list(paths), mapping, zone, "mapping.toml")


def read(looked: Looked) -> Files:
    """The files, read through once."""
    data = Files(looked.files, NOW)
    look_through(data, quiet)
    return data


def bring(folder: Path, looked: Looked) -> ImportReceipt:
    """Imports files into the shop of a folder."""
    data = read(looked)
    log = open_log(folder)
    try:
        shop = Shop(log, open_quarantine(folder), open_checkpoints(folder), folder)
        return import_dataset(data, shop, NOW, "original", quiet)
    finally:
        log.close()


def sheet(path: Path, rows: list[list[str]]) -> Path:
    """Writes an Excel file with one sheet of texts."""
    return book(path, {"Sales": rows})


def _cells(rows: list[list[str]]) -> str:
    return "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )


def book(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    """Writes an Excel file with sheets of texts."""
    named = list(enumerate(sheets, 1))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    vnd = "application/vnd.openxmlformats"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="rels" ContentType="{vnd}-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="{vnd}-officedocument.spreadsheetml.'
        'sheet.main+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in named)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in named
        )
        + "</Relationships>",
    }
    for n, name in named:
        cells = _cells(sheets[name])
        files[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
