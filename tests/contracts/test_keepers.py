"""What every quarantine, store of slates, store of keys, of checkpoints and of bundles must do, and every clock."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from lingxi import registry
from lingxi.backends.clock.fixed import FixedClock
from lingxi.domain.bundle import Manifest, Recipe
from lingxi.domain.errors import Incompatible, Refused, Unknown
from lingxi.domain.slate import Pick, Query, Reason, Slate
from lingxi.ports.quarantine import Held
from lingxi.ports.slates import SlateRow
from real_store import running_store, store

__all__ = ["running_store", "store"]

DAY = 86_400_000_000
NOW = 20_000 * DAY


def every(folder: str) -> pytest.MarkDecorator:
    """Every backend of a port."""
    return pytest.mark.parametrize("name", registry.names(f"backends/{folder}"))


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits for what another thread brings about."""
    nothing = threading.Event()
    for _ in range(500):
        if holds():
            return
        nothing.wait(0.02)
    raise AssertionError("it did not come about within ten seconds")


# ── quarantine ──


def held(body: str, rule: str = "kind_unknown") -> Held:
    """Something in quarantine."""
    return Held(received=NOW, rule=rule, reason="no such kind", body=body)


@every("quarantine")
def test_quarantine_keeps_the_same_thing_once_by_rule(name, tmp_path):
    kept = registry.load("backends/quarantine", name, "open_quarantine")(tmp_path)
    # when
    kept.hold([held("a"), held("a"), held("b"), held("a", rule="time_future")])
    kept.hold([held("a")])
    # then
    assert kept.counts() == {"kind_unknown": 2, "time_future": 1}
    assert [each.body for each in kept.newest(10, "kind_unknown")] == ["b", "a"]
    assert len(kept.newest(1)) == 1
    kept.close()


@every("quarantine")
def test_quarantine_knows_a_number_that_is_a_person_from_one_that_is_not(name, tmp_path):
    kept = registry.load("backends/quarantine", name, "open_quarantine")(tmp_path)
    gone = ('{"user":7}', '{"household_key":"7","week":1}', '{"Customer ID": 7, torn', "user=7;item=3")
    stays = ('{"user":70,"week":7}', '{"user":"8","order":"7","context":{"store":7}}', '{"user": 70, torn', "7 of them")
    kept.hold([held(body) for body in (*gone, *stays)])
    assert kept.forget({"7"}) == {"7": len(gone)}
    assert sorted(each.body for each in kept.newest(10)) == sorted(stays)
    kept.close()


@every("quarantine")
def test_quarantine_takes_any_text_up_to_its_limit_in_bytes(name, tmp_path):
    kept = registry.load("backends/quarantine", name, "open_quarantine")(tmp_path)
    # when: half a surrogate pair, and 90,000 bytes of Chinese
    kept.hold([held("\ud800"), held("茶" * 30_000)])
    # then
    long, odd = kept.newest(2)
    assert odd.body == "?"
    assert 65_530 < len(long.body.encode()) <= 65_536
    kept.close()


@every("quarantine")
def test_quarantine_forgets_whoever_is_named_anywhere_in_what_is_held(name, tmp_path):
    kept = registry.load("backends/quarantine", name, "open_quarantine")(tmp_path)
    gone = (
        '{"user":"ada-l1","kind":"viev"}',
        '{"userid":"ada-l1"}',
        '{"context":{"who":["ada-l1"]}}',
        '{"\\u0061da-l1":2}',
        '{"user":"ada-l1","torn',
    )
    stays = ('{"user":"ada-l12"}', '{"user":"bob","item":"ada-l1"}', "ada-l12 torn")
    kept.hold([held(body) for body in (*gone, *stays)])
    assert [each.body for name, each in kept.naming({"ada-l1"})] == list(gone)
    # when
    counts = kept.forget({"ada-l1", "nobody"})
    # then
    assert counts == {"ada-l1": len(gone)}
    assert sorted(each.body for each in kept.newest(10)) == sorted(stays)
    kept.hold([held("kept"), held("old")])
    assert kept.expire(NOW) == 0
    assert kept.expire(NOW + 1) == len(stays) + 2
    assert kept.counts() == {}
    kept.close()


# ── slates ──


def slate(request: str, at: int = NOW) -> SlateRow:
    """A slate that was answered."""
    picks = (Pick("tea", 0.5, "popular", Reason("popular", (), "Many buy it", "很多人买")),)
    return SlateRow(at=at, user="ada", session=None, slate=Slate(request, "home", None, 3, picks), record=b"{}")


@every("slates")
def test_the_newest_slates_come_first_with_what_was_asked(name, tmp_path):
    # given
    open_slates = registry.load("backends/slates", name, "open_slates")
    asked = Query(surface="similar", items=("tea",), n=3)
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    kept.put([slate("r1", NOW - DAY), slate("r2"), msgspec.structs.replace(slate("r3"), query=asked)])
    # then: those that wait for the disk count too
    assert [row.slate.request for row in kept.newest(2)] == ["r3", "r2"]
    kept.close()
    again = open_slates(tmp_path, 30, FixedClock(NOW))
    assert [row.slate.request for row in again.newest(9)] == ["r3", "r2", "r1"]
    assert [row.query for row in again.newest(2)] == [asked, None]
    again.close()


@every("slates")
def test_slates_are_found_at_once_and_after_a_restart(name, tmp_path):
    open_slates = registry.load("backends/slates", name, "open_slates")
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    kept.put([slate("r1"), slate("r2", NOW - 2 * DAY)])
    assert kept.get("r1") == slate("r1")
    kept.close()
    # when
    again = open_slates(tmp_path, 30, FixedClock(NOW))
    # then
    assert again.get("r1") == slate("r1")
    assert again.get("r2") == slate("r2", NOW - 2 * DAY)
    assert again.get("r3") is None
    again.close()


@every("slates")
def test_slates_of_some_days_are_found_in_order_of_time(name, tmp_path):
    open_slates = registry.load("backends/slates", name, "open_slates")
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    kept.put([slate(f"r{k}", NOW - k * DAY // 2) for k in range(8)])
    kept.close()
    again = open_slates(tmp_path, 30, FixedClock(NOW))
    again.put([slate("waits", NOW - DAY)])
    # when
    found = [row.slate.request for row in again.between(NOW - 3 * DAY, NOW)]
    # then: from the first on and before the last, each once
    assert sorted(found) == ["r1", "r2", "r3", "r4", "r5", "r6", "waits"]
    assert [each for each in found if each != "waits"] == ["r6", "r5", "r4", "r3", "r2", "r1"]
    again.close()


@every("slates")
def test_days_beyond_the_retention_are_deleted(name, tmp_path):
    open_slates = registry.load("backends/slates", name, "open_slates")
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    kept.put([slate("new"), slate("old", NOW - 40 * DAY)])
    kept.close()
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    # when
    gone = kept.expire(NOW)
    # then
    assert gone == 1
    assert kept.get("old") is None
    assert kept.get("new") is not None
    kept.close()


@every("slates")
def test_a_slate_that_cannot_be_stored_costs_no_other(name, tmp_path):
    open_slates = registry.load("backends/slates", name, "open_slates")
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    odd = slate("odd")
    # given: a shopper's name that no database takes, and a time that no column holds
    kept.put([msgspec.structs.replace(odd, user="\ud800")])
    kept.close()
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    kept.put([msgspec.structs.replace(slate("never"), at=2**70)])
    wait_until(lambda: kept.get("never") is None)
    # when
    kept.put([slate("next")])
    kept.close()
    # then
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    assert kept.get("odd").user == "?"
    assert kept.get("next") is not None
    kept.close()


@every("slates")
def test_a_day_left_empty_by_a_killed_process_is_repaired(name, tmp_path):
    open_slates = registry.load("backends/slates", name, "open_slates")
    first = open_slates(tmp_path, 30, FixedClock(NOW))
    first.put([slate("r1")])
    first.close()
    # given: the file of a day is there, with nothing in it
    (day,) = tmp_path.rglob("*.db")
    for file in day.parent.iterdir():
        file.unlink()
    day.touch()
    # when
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    # then: it holds nothing, and takes slates again
    assert kept.get("r1") is None
    kept.put([slate("r2")])
    kept.close()
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    assert kept.get("r2") is not None
    kept.close()


@every("slates")
def test_slates_of_a_shopper_are_found_and_forgotten_from_every_byte(name, tmp_path):
    open_slates = registry.load("backends/slates", name, "open_slates")
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    ada = [msgspec.structs.replace(slate(f"a{k}", NOW - k * DAY), user="ada-lovelace") for k in range(3)]
    guest = msgspec.structs.replace(slate("g"), user=None, session="ada-visits")
    kept.put([*ada, guest, slate("other")])
    kept.close()
    kept = open_slates(tmp_path, 30, FixedClock(NOW))
    kept.put([msgspec.structs.replace(ada[0], slate=msgspec.structs.replace(ada[0].slate, request="waits"))])
    assert {row.slate.request for row in kept.of({"u:ada-lovelace"})} == {"a0", "a1", "a2", "waits"}
    # when
    counts = kept.forget({"u:ada-lovelace", "s:ada-visits", "u:nobody"})
    # then
    assert counts == {"u:ada-lovelace": 4, "s:ada-visits": 1}
    assert list(kept.of({"u:ada-lovelace", "s:ada-visits"})) == []
    assert kept.get("other") is not None
    assert not any(b"ada-" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    kept.close()


# ── keys ──


@every("keys")
def test_a_key_opens_its_shop_until_it_is_revoked(name, tmp_path):
    keys = registry.load("backends/keys", name, "open_keys")(tmp_path, FixedClock(NOW))
    # given
    key, secret = keys.create("web", "tea-shop")
    keys.create("app", "book-shop")
    # then
    assert keys.opened_by(secret) == key
    assert (key.shop, key.scopes) == ("tea-shop", ("admin",))
    assert keys.opened_by(secret[:-1] + ("a" if secret[-1] != "a" else "b")) is None
    assert keys.opened_by("") is None
    # when
    assert keys.revoke(key.id).revoked == NOW
    # then
    assert keys.opened_by(secret) is None
    assert {each.name for each in keys.all()} == {"web", "app"}
    with pytest.raises(Unknown):
        keys.revoke("nothing")
    keys.close()


@every("keys")
def test_a_rotated_key_stays_itself_under_another_secret(name, tmp_path):
    open_keys = registry.load("backends/keys", name, "open_keys")
    keys = open_keys(tmp_path, FixedClock(NOW))
    key, secret = keys.create("web", "tea-shop", ("ingest", "recommend"))
    # when
    rotated, fresh = keys.rotate(key.id)
    # then
    assert keys.opened_by(secret) is None
    assert keys.opened_by(fresh) == rotated
    assert (rotated.id, rotated.scopes, rotated.rotated) == (key.id, ("ingest", "recommend"), NOW)
    keys.revoke(key.id)
    with pytest.raises(Refused, match="revoked"):
        keys.rotate(key.id)
    with pytest.raises(Unknown):
        keys.rotate("nothing")
    keys.close()


def test_keys_of_an_older_home_may_do_everything(tmp_path):
    with sqlite3.connect(tmp_path / "keys.db") as raw:
        raw.execute(
            "CREATE TABLE keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, prefix TEXT NOT NULL, shop TEXT NOT NULL, "
            "created BIGINT NOT NULL, revoked BIGINT, digest BLOB NOT NULL)"
        )
        digest = hashlib.sha256(b"lx_old_secret").digest()
        raw.execute("INSERT INTO keys VALUES ('k', 'web', 'lx_old_s', 'tea-shop', 1, NULL, ?)", (digest,))
    keys = registry.load("backends/keys", "sqlite", "open_keys")(tmp_path, FixedClock(NOW))
    assert keys.opened_by("lx_old_secret").scopes == ("admin",)
    keys.close()


@every("keys")
def test_no_secret_is_on_disk(name, tmp_path):
    keys = registry.load("backends/keys", name, "open_keys")(tmp_path, FixedClock(NOW))
    _, secret = keys.create("web", "tea-shop")
    keys.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(secret[8:].encode() in file.read_bytes() for file in files)


# ── checkpoints ──


@every("checkpoints")
def test_the_newest_whole_checkpoint_is_found(name, tmp_path):
    checkpoints = registry.load("backends/checkpoints", name, "open_checkpoints")(tmp_path)
    assert checkpoints.latest() is None
    # given: two checkpoints, the newer one torn
    checkpoints.save(5, {"a": np.arange(3)}, {"x": "五"})
    checkpoints.save(11, {"a": np.arange(4)}, {"x": "十一"})
    seq, arrays, about = checkpoints.latest()
    assert (seq, arrays["a"].tolist(), about) == (11, [0, 1, 2, 3], {"x": "十一"})
    newest = max(tmp_path.rglob("state.npy"), key=lambda file: file.parent.name)
    os.truncate(newest, 10)
    # when
    seq, arrays, about = checkpoints.latest()
    # then
    assert (seq, arrays["a"].tolist(), about) == (5, [0, 1, 2], {"x": "五"})


@every("checkpoints")
def test_a_torn_checkpoint_is_replaced_and_what_a_killed_process_left_is_removed(name, tmp_path):
    checkpoints = registry.load("backends/checkpoints", name, "open_checkpoints")(tmp_path)
    # given: the only checkpoint is torn, and another process was killed while it saved
    checkpoints.save(5, {"a": np.arange(3)}, {})
    (torn,) = tmp_path.rglob("state.npy")
    os.truncate(torn, 10)
    left = torn.parent.parent / f".staged-{pid_of_a_dead_process()}-x"
    left.mkdir()
    assert checkpoints.latest() is None
    # when
    checkpoints.save(5, {"a": np.arange(3)}, {})
    # then
    assert checkpoints.latest()[1]["a"].tolist() == [0, 1, 2]
    assert not left.exists()


def pid_of_a_dead_process() -> int:
    """The number of a process that was and is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


@every("checkpoints")
def test_older_checkpoints_are_dropped(name, tmp_path):
    checkpoints = registry.load("backends/checkpoints", name, "open_checkpoints")(tmp_path)
    for seq in (5, 11):
        checkpoints.save(seq, {"a": np.arange(3)}, {})
    assert checkpoints.drop(11) == 1
    assert checkpoints.drop(11) == 0
    assert checkpoints.latest_seq() == 11


# ── bundles ──


@pytest.fixture
def places(request, tmp_path):
    """Opens the bundles of a backend, each test's in a place of its own."""

    def opened(name):
        url = "" if name == "folder" else f"{request.getfixturevalue('store').url}/{tmp_path.name}"
        open_bundles = registry.load("backends/bundles", name, "open_bundles")
        return lambda folder, shop: open_bundles(folder, shop, url)

    return opened


def manifest(bundle: str, shop: str = "shop", created: int = 1) -> Manifest:
    """A manifest before it is sealed."""
    recipe = Recipe(model="popular", settings={})
    return Manifest(
        format=1, id=bundle, shop=shop, created=created, recipe=recipe, components=(), seq=1, fit=(0, 1), judged=None
    )


@every("bundles")
def test_a_bundle_is_sealed_and_opened(name, tmp_path, places):
    bundles = places(name)(tmp_path, "shop")
    for number, bundle in enumerate(("b1", "b2")):
        staged = bundles.stage()
        (staged / "part").mkdir()
        (staged / "part" / "weights").write_bytes(b"12345")
        bundles.publish(staged, manifest(bundle, created=number))
    folder, opened = bundles.open("b2")
    assert (folder / "part" / "weights").read_bytes() == b"12345"
    assert opened.files["part/weights"].bytes == 5
    assert [each.id for each in bundles.all()] == ["b1", "b2"]


@every("bundles")
def test_a_broken_foreign_or_missing_bundle_is_refused(name, tmp_path, places):
    open_bundles = places(name)
    bundles = open_bundles(tmp_path, "shop")
    staged = bundles.stage()
    (staged / "weights").write_bytes(b"12345")
    bundles.publish(staged, manifest("b1"))
    with pytest.raises(Unknown, match="b2"):
        bundles.open("b2")
    with pytest.raises(Unknown):
        bundles.open("../b1")
    with pytest.raises(Incompatible, match="belongs to shop 'shop'"):
        open_bundles(tmp_path, "other").open("b1")
    # when: one bit is turned
    (bundles.open("b1")[0] / "weights").write_bytes(b"12344")
    # then
    with pytest.raises(Incompatible, match="weights"):
        bundles.open("b1")


@every("bundles")
def test_a_bundle_is_removed(name, tmp_path, places):
    bundles = places(name)(tmp_path, "shop")
    bundles.publish(bundles.stage(), manifest("b1"))
    bundles.publish(bundles.stage(), manifest("b2"))
    bundles.remove("b1")
    bundles.remove("../bundles/b2")
    bundles.remove("nothing")
    assert [each.id for each in bundles.all()] == ["b2"]


@every("bundles")
def test_what_is_staged_is_no_bundle(name, tmp_path, places):
    bundles = places(name)(tmp_path, "shop")
    staged = bundles.stage()
    assert bundles.all() == []
    assert bundles.stage() != staged


@every("bundles")
def test_a_bundle_of_another_format_is_refused(name, tmp_path, places):
    bundles = places(name)(tmp_path, "shop")
    bundles.publish(bundles.stage(), msgspec.structs.replace(manifest("b1"), format=99))
    with pytest.raises(Incompatible, match="format 99"):
        bundles.open("b1")


@every("bundles")
def test_what_a_killed_process_left_staged_is_removed_and_a_living_ones_is_not(name, tmp_path, places):
    bundles = places(name)(tmp_path, "shop")
    mine = bundles.stage()
    dead, odd = mine.parent / f".staged-{pid_of_a_dead_process()}-x", mine.parent / ".staged-odd"
    dead.mkdir()
    odd.mkdir()
    # when
    bundles.stage()
    # then
    assert (mine.exists(), dead.exists(), odd.exists()) == (True, False, False)


# ── clock ──


def test_clocks_tell_microseconds():
    system = registry.load("backends/clock", "system", "SystemClock")()
    assert 1.7e15 < system.now() <= system.now()
    fixed = FixedClock(NOW)
    fixed.set(NOW + 1)
    assert fixed.now() == NOW + 1
    assert registry.names("backends/clock") == ("fixed", "system")
