"""Backup and restore, export and import: what comes back has the same state."""

from __future__ import annotations

import json
import re
import signal
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from serving import Serving
from test_forget import Crowd, acts, items, lingxi, sent
from typer.testing import CliRunner

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.app.parts import keys_of
from lingxi.cli.main import assemble
from lingxi.domain.change import Alias, Proposal
from lingxi.state.checkpoint import digest
from lingxi.state.follow import catch_up
from lingxi.state.state import State


def failed(*arguments: str) -> str:
    """Runs a command that must fail; what it said."""
    done = CliRunner().invoke(assemble(), list(arguments))
    assert done.exit_code != 0
    return str(done.exception)


def digest_at(home: Path, seq: int | None = None, shop: str = "default") -> str:
    """The digest of the state that the log leads to, up to `seq`."""
    with Desk(home, config.load(home), shop) as desk:
        state = State.empty()
        for _ in catch_up(state, desk.parts.log, seq):
            pass
        return digest(state)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A shop with goods, shoppers, slates, quarantine, an alias, someone forgotten, a bundle's folder and a key."""
    home = tmp_path_factory.mktemp("keeping") / "home"
    crowd = Crowd(4)
    with Serving(home) as server:
        server.ready()
        sent(server.http, "/v1/items", items())
        sent(server.http, "/v1/items", [{"id": "sku-1", "title": "Thing 1, renamed", "attributes": {"size": 3}}])
        crowd.fill(server.http)
        rare = {"id": "rare", "user": "rare", "kind": "review", "item": "sku-2", "value": 4.5, "text": "好茶"}
        rare |= {
            "context": {"rain": True, "floor": 2},
            "currency": "EUR",
            "position": 3,
            "place": "top",
            "at": 1_760_000_000,
        }
        sent(server.http, "/v1/events", [rare])
        assert server.end(signal.SIGTERM) == 0
    with Desk(home, config.load(home), "default") as desk:
        desk.parts.log.append([Proposal(Alias(user="stays-000", same_as="stays-001"), received=5)])
        bundle = desk.parts.folder / "bundles" / "some-model"
        bundle.mkdir(parents=True)
        (bundle / "weights").write_bytes(bytes(1000))
    lingxi("forget", crowd.gone[0], "--home", str(home), "--json")
    keys_of(home).close()
    (home / "lingxi.toml").write_text(config.template())
    return home


@pytest.mark.parametrize("name", ["backup.tgz", "backup.tar", "backup"])
def test_a_backup_under_load_restores_to_the_same_state(home: Path, tmp_path: Path, name: str) -> None:
    to, back = tmp_path / name, tmp_path / "back"
    with Serving(home) as server:
        server.ready()
        stop = threading.Event()
        count = [0]

        def load() -> None:
            with httpx.Client(base_url=server.url, timeout=30) as shop:
                while not stop.is_set():
                    count[0] += 1
                    sent(shop, "/v1/events", acts(f"{name}-{count[0]}", "s", count[0], 5))

        loading = threading.Thread(target=load)
        loading.start()
        server.until(lambda: count[0] > 5)
        # when
        told = json.loads(lingxi("backup", str(to), "--home", str(home), "--json"))
        at = count[0]
        server.until(lambda: count[0] > at + 5)
        stop.set()
        loading.join()
        assert server.end(signal.SIGTERM) == 0
    restored = json.loads(lingxi("restore", str(to), "--home", str(back), "--json"))["shops"]
    # then
    seq = told["shops"]["default"]
    assert [(each["shop"], each["seq"]) for each in restored] == [("default", seq)]
    assert restored[0]["digest"] == digest_at(home, seq) != digest_at(home)
    shop = back / "shops" / "default"
    assert (shop / "bundles" / "some-model" / "weights").read_bytes() == bytes(1000)
    assert (back / "lingxi.toml").read_text() == config.template()
    with Desk(back, config.load(back), "default") as desk, Desk(home, config.load(home), "default") as old:
        assert desk.parts.quarantine.counts() == old.parts.quarantine.counts()
        assert len(list(desk.parts.slates.of({"u:gone-00001-7Qx"}))) == 1
    with Serving(back) as server:
        server.ready()
        assert server.http.get("/v1/shop").json()["seq"] == seq
        metrics = server.http.get("/metrics").text
    assert re.search(r'^lingxi_disk_bytes\{of="log",shop="default"\} [1-9]', metrics, re.MULTILINE)
    assert re.search(r"^lingxi_disk_free_bytes [1-9]", metrics, re.MULTILINE)
    assert not list(tmp_path.glob(".*")), "something half is left"


def test_a_restore_overwrites_nothing_unless_told_and_keeps_what_was_there(home: Path, tmp_path: Path) -> None:
    to, other = tmp_path / "backup", tmp_path / "other"
    lingxi("backup", str(to), "--home", str(home))
    assert "something already" in failed("backup", str(to), "--home", str(home))
    with Serving(other) as server:
        server.ready()
        sent(server.http, "/v1/items", items()[:3])
        # when, then: served, then full
        assert "serves shop" in failed("restore", str(to), "--home", str(other), "--overwrite")
        assert server.end(signal.SIGTERM) == 0
    assert "holds shop 'default' with 3 changes" in failed("restore", str(to), "--home", str(other))
    before = digest_at(other)
    lingxi("restore", str(to), "--home", str(other), "--overwrite")
    assert digest_at(other) == digest_at(home)
    (kept,) = other.glob(".before-restore-*")
    assert digest_at(kept) == before


def test_a_backup_that_was_changed_is_refused_and_nothing_is_touched(home: Path, tmp_path: Path) -> None:
    to, back = tmp_path / "backup", tmp_path / "back"
    lingxi("backup", str(to), "--home", str(home))
    log = to / "shops" / "default" / "log.db"
    sound = log.read_bytes()

    def refused(why: str) -> None:
        assert why in failed("restore", str(to), "--home", str(back))
        assert not (back / "shops").exists()

    log.write_bytes(sound[:5000] + b"\0" + sound[5001:] if sound[5000] else sound[:5000] + b"1" + sound[5001:])
    refused("log.db is not the file that was backed up")
    log.unlink()
    refused("log.db is missing")
    log.write_bytes(sound)
    (to / "more").write_bytes(b"")
    refused("more is not part of it")
    (to / "backup.json").write_text("{}")
    refused("backup.json")
    torn = tmp_path / "torn.tgz"
    torn.write_bytes(b"no archive")
    assert "cannot be read" in failed("restore", str(torn), "--home", str(back))
    assert "no such backup" in failed("restore", str(tmp_path / "nothing"), "--home", str(back))
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    for file, name in ((torn, "../outside"), (link, "link")):
        with tarfile.open(tmp_path / "evil.tar", "w") as evil:
            evil.add(file, arcname=name)
        assert f"'{name}' is no file or folder of a backup" in failed(
            "restore", str(tmp_path / "evil.tar"), "--home", str(back)
        )
    assert not (tmp_path / "outside").exists()


def changes(home: Path, shop: str) -> list[Any]:
    """What a log says, without its numbers."""
    with Desk(home, config.load(home), shop) as desk:
        found = list(desk.parts.log.changes(0, 10**6))
    return [(each.entry, each.received, each.marks, each.repairs, each.original) for each in found if each.entry]


def test_an_export_leads_an_empty_shop_to_an_equal_state(home: Path, tmp_path: Path) -> None:
    to = tmp_path / "export"
    told = json.loads(lingxi("export", str(to), "--home", str(home), "--json"))
    # then: other tools can read it
    table = pq.read_table(to / "changes.parquet")
    assert table.num_rows == told["changes"] == told["seq"] - told["erased"]
    assert told["erased"] > 0
    assert pq.read_table(to / "items.parquet").num_rows == told["items"] == 40
    assert pq.read_table(to / "users.parquet").num_rows == told["users"] == 3
    # when: it is imported, and imported again
    found = json.loads(lingxi("import-log", str(to), "--home", str(home), "--shop", "copy", "--json"))
    again = json.loads(lingxi("import-log", str(to), "--home", str(home), "--shop", "copy", "--json"))
    # then
    assert found["digest"] == again["digest"] == digest_at(home) == digest_at(home, shop="copy")
    assert found["stored"] == again["stored"] == told["changes"] - 1  # the erasure names numbers of another log
    mine, theirs = changes(home, "default"), changes(home, "copy")
    assert [each for each in mine if type(each[0]).__name__ != "Erasure"] == theirs
    assert "holds" in failed("import-log", str(to), "--home", str(home))
    assert "something already" in failed("export", str(to), "--home", str(home))
    (to / "changes.parquet").write_bytes(b"PAR1 torn")
    assert "cannot be read" in failed("import-log", str(to), "--home", str(home), "--shop", "third")
    (to / "export.json").unlink()
    assert "no export" in failed("import-log", str(to), "--home", str(home), "--shop", "fourth")


def test_an_import_of_an_export_goes_on_where_it_was(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lingxi.workflows import export

    to, back = tmp_path / "export", tmp_path / "back"
    lingxi("export", str(to), "--home", str(home))
    monkeypatch.setattr(export, "APPENDED_AT_ONCE", 100)
    whole = export._append
    calls: list[int] = []

    def cut(rows: Any, log: Any, progress: Any) -> None:
        calls.append(len(rows))
        if len(calls) == 3:
            raise OSError("the power is gone")
        whole(rows, log, progress)

    monkeypatch.setattr(export, "_append", cut)
    failed("import-log", str(to), "--home", str(back))
    lingxi("import-log", str(to), "--home", str(back))
    assert digest_at(back) == digest_at(home)
