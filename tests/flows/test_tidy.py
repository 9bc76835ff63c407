"""What is older than the shop keeps it is deleted: everything of it, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.cli._progress import bars
from lingxi.domain.bundle import Manifest, Recipe
from lingxi.domain.change import Proposal, Release
from lingxi.domain.event import Event
from lingxi.domain.slate import Slate
from lingxi.ports.quarantine import Held
from lingxi.ports.slates import SlateRow
from lingxi.state.checkpoint import digest
from lingxi.workflows.disk import use

DAY = 86_400_000_000
NOW = time.time_ns() // 1000
OLD = NOW - 400 * DAY
PERIODS = config.Retention(quarantine_days=30, guests_days=365, users_days=365, bundles=2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = config.Settings(retention=PERIODS)
    with Desk(tmp_path, settings, "default") as desk:
        yield desk


def view(name: str, at: int, **who: str) -> Proposal:
    return Proposal(Event(kind="view", id=name, item="tea", at=at, **who), received=at)


def publish(desk: Desk, name: str, created: int, *, histories: bool = False) -> None:
    bundles = desk.parts.bundles
    recipe = Recipe(model="popular", settings={})
    about = Manifest(
        format=1, id=name, shop="default", created=created, recipe=recipe, components=(), seq=1, fit=(0, 1)
    )
    bundles.publish(bundles.stage(), msgspec.structs.replace(about, holds_histories=histories))


def test_each_kind_is_kept_as_long_as_the_settings_say(desk: Desk) -> None:
    parts = desk.parts
    # given: old and new of each kind
    parts.log.append([view("a", OLD, session="old-guest-x"), view("b", NOW, session="new-guest")])
    parts.log.append([view("c", OLD, user="old-user-x"), view("d", OLD, user="ada"), view("e", NOW, user="ada")])
    parts.quarantine.hold([Held(received=at, rule="r", reason="?", body=f"{at}") for at in (OLD, NOW)])
    for at in (OLD, NOW):
        row = SlateRow(at=at, user="old-user-x", session=None, slate=Slate(f"r{at}", "home", None, 1, ()))
        parts.slates.put([row])
    for k in range(6):
        publish(desk, f"m{k}", k)
    parts.log.append([Proposal(Release(bundle="m1", previous="m0"), NOW)])
    (parts.folder / "training" / "train" / "1-2").mkdir(parents=True)
    os.utime(parts.folder / "training" / "train", (0, 0))
    desk.state()
    parts.slates.close()
    with Desk(desk.parts.folder.parent.parent, desk.settings, "default") as again:
        # when
        done = again.tidy()
        # then
        assert (done.guests, done.users, done.quarantine, done.days_of_slates, done.snapshots) == (1, 1, 1, 1, 1)
        assert done.bundles == ["m2", "m3"]
        assert [each.id for each in again.parts.bundles.all()] == ["m0", "m1", "m4", "m5"]
        assert done.receipt is not None
        receipt = again.receipts.show(done.receipt.receipt)
        assert receipt.found == {
            "log": {"events": 2, "ids": 2},
            "catalog": {"shoppers": 2},
            "slates": {"slates": 1},
        }
        assert receipt.verified
        assert [each for each in again.parts.log.shopper_ids() if not each.startswith("x:")] == ["s:new-guest", "u:ada"]
        assert again.tidy().receipt is None
        # and: the saved state is that of the log
        assert digest(again.state()) == digest(desk.state())
    files = [file for file in parts.folder.rglob("*") if file.is_file()]
    assert not [file for file in files if b"old-user-x" in file.read_bytes() or b"old-guest-x" in file.read_bytes()]


def test_nothing_is_forgotten_for_its_age_unless_the_shop_says_so(tmp_path: Path) -> None:
    with Desk(tmp_path, config.Settings(), "default") as desk:
        desk.parts.log.append([view("a", OLD, session="guest"), view("c", OLD, user="ada")])
        done = desk.tidy()
        assert (done.guests, done.users, done.receipt) == (0, 0, None)
        assert desk.parts.log.head() == 2


def test_a_model_that_holds_histories_goes_with_whoever_is_forgotten(desk: Desk) -> None:
    # given: such a model, live
    publish(desk, "knn", 1, histories=True)
    publish(desk, "sequence", 2)
    desk.parts.log.append([view("a", NOW, user="ada"), Proposal(Release(bundle="knn", previous="sequence"), NOW)])
    # when
    told = desk.forget("u:ada")
    desk.finish_forgetting()
    # then
    assert desk.receipts.show(told.receipt).found["bundles"] == {"removed": 1}
    assert [each.id for each in desk.parts.bundles.all()] == ["sequence"]
    entry = desk.parts.log.releases(1)[0].entry
    assert isinstance(entry, Release)
    assert (entry.bundle, entry.previous, entry.forced) == (None, "knn", True)
    assert "forgotten" in entry.why


def test_an_id_in_a_small_file_and_one_that_is_not_lingxis_to_write(desk: Desk) -> None:
    folder = desk.parts.folder
    desk.parts.log.append([view("a", NOW, user="ada-lovelace"), view("b", NOW, user="ada-lovelace-2")])
    said = {"examples": ["line 3: ada-lovelace bought", "ada-lovelace-2"], "ada-lovelace": 1}
    (folder / "import.json").write_bytes(msgspec.json.encode(said))
    (folder / "export.csv").write_text("user\nada-lovelace\n")
    # when
    told = desk.forget("u:ada-lovelace")
    desk.finish_forgetting()
    # then
    receipt = desk.receipts.show(told.receipt)
    assert receipt.found["files"] == {"mentions": 2}
    assert receipt.left == ("export.csv",)
    kept = msgspec.json.decode((folder / "import.json").read_bytes())
    assert kept == {"examples": ["(erased)", "ada-lovelace-2"], "(erased)": 1}
    assert desk.parts.log.person("u:ada-lovelace-2")


def test_what_lies_between_the_rows_of_an_older_database_is_written_anew(tmp_path: Path) -> None:
    # given: a log whose deleted rows were not overwritten, as databases of other makes are
    with Desk(tmp_path, config.Settings(), "default") as desk:
        log = desk.parts.log
        log._writer.exec_driver_sql("PRAGMA secure_delete=OFF")
        log.append([view(f"order-of-ada-lovelace-{k}", NOW, user="ada-lovelace") for k in range(50)])
        told = desk.forget("u:ada-lovelace")
        assert log.scrub()
        assert b"ada-lovelace" in (desk.parts.folder / "log.db").read_bytes()
        # when
        desk.finish_forgetting()
        # then
        assert b"ada-lovelace" not in (desk.parts.folder / "log.db").read_bytes()
        receipt = desk.receipts.show(told.receipt)
        assert (receipt.verified, receipt.left) == (True, ())


def test_disk_use_is_told_by_kind_of_data(desk: Desk) -> None:
    (desk.parts.folder / "bundles" / "b").mkdir(parents=True)
    (desk.parts.folder / "bundles" / "b" / "weights").write_bytes(bytes(1000))
    (desk.parts.folder / "odd").write_bytes(bytes(7))
    found = use(desk.parts.folder)
    assert (found["bundles"], found["other"], found["slates"]) == (1000, 7, 0)
    assert found["log"] > 4096


def test_a_checkpoint_from_before_an_erasure_is_never_built_upon(desk: Desk) -> None:
    from lingxi.state.checkpoint import arrays_of
    from lingxi.workflows.fold import fold

    parts = desk.parts
    parts.log.append([view("a", NOW, user="ada"), view("b", NOW, user="bob")])
    before = desk.state()
    desk.forget("u:ada")
    # given: somebody saved the state as it was, behind the erasure's back
    arrays, about = arrays_of(before)
    parts.checkpoints.save(before.cursor, arrays, about)
    # when
    with bars(silent=True) as watch:
        state = fold(parts.log, parts.checkpoints, watch)
    # then
    assert not state.stale
    assert digest(state) == digest(desk.state())
    assert state.shopper("ada", None) is None
    tea = np.array([state.items.number["tea"]])
    acts, old = (each.item_feature("popularity.month", tea, NOW)[0] for each in (state, before))
    assert 0 < acts < old
    assert parts.checkpoints.latest_seq() == parts.log.head()
