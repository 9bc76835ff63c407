"""From a shop's own file to its log: every line once, whatever happens on the way."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from pathlib import Path

import polars as pl
import pytest

from lingxi.backends.checkpoints.folder import open_checkpoints
from lingxi.backends.log.sqlite import open_log
from lingxi.backends.quarantine.sqlite import open_quarantine
from lingxi.cli.main import run
from lingxi.domain.errors import LingxiError, Unavailable
from lingxi.domain.event import Event
from lingxi.ingest.files.dataset import Files
from lingxi.state.checkpoint import digest, state_of
from lingxi.workflows import _ahead, look
from lingxi.workflows.imports import Shop, import_dataset
from shop_files import HEADER, NOW, bring, quiet, seen

LINES = [
    "1001;u1;a;Apple;3;1,50;25.03.2024 10:00",
    "1001;u1;b;Pear;1;2,00;25.03.2024 10:00",
    "1001;u1;b;Pear;1;2,00;25.03.2024 10:00",
    "1002;;a;Apple;2;1,50;26.03.2024 11:00",
    "1003;u1;a;Red apple;1;1,40;27.03.2024 09:00",
    "1003;u1;a;Apple;1;1,40;27.03.2024 09:00",
    "C1004;u1;a;Apple;-2;1,50;28.03.2024 12:00",
    "C1005;u9;b;Pear;-1;2,00;28.03.2024 12:30",
    "C1006;u1;b;Pear;-1;2,00;29.03.2024 12:30",
    "1007;u2;b;Pear;x;2,00;29.03.2024 12:30",
]


def events(folder: Path) -> list[Event]:
    log = open_log(folder)
    found = [change.entry for change in log.changes(0, 100_000) if isinstance(change.entry, Event)]
    log.close()
    return found


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + "\n".join(LINES) + "\n")
    return path


def test_returns_orders_and_lines_without_a_customer(tmp_path: Path, sales: Path) -> None:
    looked = seen(sales)
    assert looked.mapping.tables[0].returns.prefix == "C"
    receipt = bring(tmp_path / "shop", looked)
    assert receipt.events.read == len(LINES) == sum(receipt.events.statuses.values())
    assert receipt.events.statuses == {"accepted": 9, "quarantined": 1}
    assert (receipt.refunds, receipt.linked) == (3, 2)
    example = receipt.events.examples["number_unreadable"][0]
    assert (example.file, example.line) == ("sales.csv", 11)
    stored = events(tmp_path / "shop")
    bought = {each.id: each for each in stored if each.kind == "purchase"}
    back = {(each.context or {}).get("document") or each.order: each for each in stored if each.kind == "refund"}
    assert len(bought) == 6
    assert back["C1004"].order == "1001"
    assert back["C1004"].quantity == 2
    assert bought[str(back["C1004"].context["purchase"])].quantity == 3  # type: ignore[index]
    assert back["C1005"].context is None
    assert back["C1005"].order == "C1005"
    assert back["C1006"].order == "1001"
    assert [(each.user, each.session) for each in stored if each.order == "1002"] == [(None, "1002")]


def test_items_that_only_events_tell_of_are_named_as_most_lines_do(tmp_path: Path, sales: Path) -> None:
    receipt = bring(tmp_path / "shop", seen(sales))
    log = open_log(tmp_path / "shop")
    items = log.items(["a", "b"])
    log.close()
    assert receipt.items.read == 2
    assert (items["a"].title, items["a"].price, items["b"].title) == ("Apple", 1.4, "Pear")


def test_the_same_file_again_changes_nothing(tmp_path: Path, sales: Path) -> None:
    first = bring(tmp_path / "shop", seen(sales))
    again = bring(tmp_path / "shop", seen(sales))
    assert again.seq == first.seq
    assert again.events.statuses == {"duplicate": 9, "quarantined": 1}
    assert open_quarantine(tmp_path / "shop").counts() == {"number_unreadable": 1}


def test_a_longer_export_adds_only_what_is_new(tmp_path: Path, sales: Path) -> None:
    bring(tmp_path / "shop", seen(sales))
    sales.write_text(HEADER + "\n".join([*LINES, LINES[1], "1008;u3;a;Apple;1;1,50;30.03.2024 10:00"]) + "\n")
    again = bring(tmp_path / "shop", seen(sales))
    assert again.events.statuses == {"accepted": 2, "duplicate": 9, "quarantined": 1}


def test_an_id_that_repeats_with_other_content_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "event_id,user,item,type,time\n1,u,a,view,1700000000\n2,u,b,view,1700000001\n3,u,c,view,1700000002\n"
    )
    looked = seen(path)
    assert looked.mapping.tables[0].columns["id"] == "event_id"
    with path.open("a") as file:
        file.write("2,u,z,view,1700000009\n")
    receipt = bring(tmp_path / "shop", seen(path, mapping=looked.mapping))
    assert receipt.events.statuses == {"accepted": 3, "conflict": 1}
    held = open_quarantine(tmp_path / "shop").newest(1)[0]
    assert held.reason.startswith("events.csv, line 5: id: '2' is stored with other content")


def test_an_item_that_repeats_with_other_content_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("sku,title,price\na,Apple,1.5\nb,Pear,2\na,Apple,1.5\nb,Plum,2\nc,Fig,dear\n" + "d,Nut,1\n" * 1)
    receipt = bring(tmp_path / "shop", seen(path))
    assert sum(receipt.items.statuses.values()) == receipt.items.read == 6
    assert receipt.items.statuses["conflict"] == 1
    assert receipt.items.examples["conflict"][0].line == 5


def many(path: Path) -> Path:
    rows = [f"{n // 3};u{n % 97};i{n % 41};Thing;{n % 3 + 1};1,50;{n % 28 + 1:02}.03.2024 10:00" for n in range(30_000)]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return path


def killed(path: Path, folder: Path, after: int) -> None:
    """Imports a file and dies at that report of progress."""
    told = 0

    def watch(stage: str, done: float, **figures: float) -> None:
        nonlocal told
        told += 1
        if told == after:
            os.kill(os.getpid(), signal.SIGKILL)

    data = Files(seen(path).files, NOW)
    data.look_through(quiet)
    log = open_log(folder)
    shop = Shop(log, open_quarantine(folder), open_checkpoints(folder), folder)
    import_dataset(data, shop, NOW, "original", watch)


def test_killed_on_the_way_and_run_again_it_is_the_same_shop(tmp_path: Path) -> None:
    path = many(tmp_path / "sales.csv")
    expected = bring(tmp_path / "whole", seen(path))
    spawn = multiprocessing.get_context("spawn")
    for after in (1, 2):
        child = spawn.Process(target=killed, args=(path, tmp_path / "broken", after))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    receipt = bring(tmp_path / "broken", seen(path))
    assert receipt.seq == expected.seq
    assert receipt.events.read == 30_000 == sum(receipt.events.statuses.values())
    digests = []
    for name in ("whole", "broken"):
        latest = open_checkpoints(tmp_path / name).latest()
        assert latest is not None
        digests.append(digest(state_of(latest[1], latest[2])))
    assert digests[0] == digests[1]


def test_the_command_asks_keeps_the_mapping_and_tells(
    tmp_path: Path, sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINGXI_HOME", str(tmp_path / "home"))
    assert run(["import", str(sales), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "nothing was stored" in shown
    assert not (tmp_path / "home").exists()
    mapping = tmp_path / "mine.toml"
    assert run(["import", str(sales), "--yes", "--mapping", str(mapping)]) == 0
    assert "quarantined" in capsys.readouterr().out
    text = mapping.read_text()
    assert 'order = "order"' in text
    mapping.write_text(text.replace('order = "order"', 'order = "nowhere"'))
    assert run(["import", str(sales), "--yes", "--mapping", str(mapping)]) == 2
    assert "there is no such column" in capsys.readouterr().err
    assert run(["import", str(tmp_path / "none.csv")]) == 2
    assert "no file or folder" in capsys.readouterr().err
    assert run(["import", str(sales), "--json"]) == 1
    assert "--yes" in capsys.readouterr().err


def test_online_retail_adds_up_and_its_cancellations_are_found(tmp_path: Path) -> None:
    folder = os.environ.get("BENCH_DATA")
    path = Path(folder or "") / "online-retail" / "online_retail_ii_2009_2010.parquet"
    if not folder or not path.exists():
        pytest.skip("set BENCH_DATA to a folder that holds online-retail/online_retail_ii_2009_2010.parquet")
    looked = seen(path)
    assert looked.mapping.tables[0].returns.prefix == "C"
    data = Files(looked.files, NOW)
    data.look_through(quiet)
    frame = pl.concat(list(data.events(100_000)), how="diagonal_relaxed")
    cancelled = frame.filter(pl.col("order").str.starts_with("C"))
    assert len(frame) == 525_461 == sum(data.survey.statuses.values())
    assert len(cancelled) == 10_206
    assert cancelled["kind"].unique().to_list() == ["refund"]


def test_large_files_are_cleaned_by_a_process_of_their_own_to_the_same_log(
    tmp_path: Path, sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = bring(tmp_path / "here", seen(sales))
    monkeypatch.setattr(_ahead, "MANY", 1)
    monkeypatch.setattr(look, "LARGE", 1)
    apart = bring(tmp_path / "apart", seen(sales))
    assert events(tmp_path / "apart") == events(tmp_path / "here")
    assert (apart.events, apart.linked) == (here.events, here.linked)
    assert bring(tmp_path / "apart", seen(sales)).events.statuses == {"duplicate": 9, "quarantined": 1}


def test_a_file_that_is_gone_meanwhile_is_told_by_the_process_that_reads_it(
    tmp_path: Path, sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ahead, "MANY", 1)
    data = Files(seen(sales).files, NOW)
    data.look_through(quiet)
    sales.unlink()
    with pytest.raises(Unavailable, match="cannot be read"):
        next(_ahead.Ahead(data, 0).batches(NOW, quiet))


def test_a_process_of_its_own_guesses_the_same_and_refuses_the_same(
    tmp_path: Path, sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "LARGE", 1)
    assert look.look_at([sales], None, "UTC", "mapping.toml") == seen(sales)
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    with pytest.raises(LingxiError) as here:
        seen(picture)
    with pytest.raises(type(here.value), match=re.escape(here.value.what)):
        look.look_at([picture], None, "UTC", "mapping.toml")


def test_files_that_say_no_more_than_ids_fill_an_empty_catalog(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("session,item,type,time\n1,a,view,1700000000\n1,b,view,1700000001\n2,a,view,1700000002\n")
    for expected in ({"accepted": 2}, {"duplicate": 2}):
        receipt = bring(tmp_path / "shop", seen(path))
        assert {name: n for name, n in receipt.items.statuses.items() if n} == expected
    products = tmp_path / "products.csv"
    products.write_text("sku,title,price\na,Apple,1.5\nc,Fig,2\n")
    assert bring(tmp_path / "named", seen(products)).items.read == 2
    # A shop that knows its items decides what is for sale.
    assert bring(tmp_path / "named", seen(path)).items.read == 0
