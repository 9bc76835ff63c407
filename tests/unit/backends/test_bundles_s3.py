"""Models in an object store: seen by another machine, whole or not at all, and never in the way of serving."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from lingxi.app.parts import bundles_of
from lingxi.backends.bundles.s3 import ObjectBundles, open_bundles
from lingxi.domain.bundle import FORMAT, Manifest, Recipe
from lingxi.domain.errors import Incompatible, Invalid, Unavailable, Unknown
from real_store import RealStore, running_store, store

__all__ = ["running_store", "store"]


def manifest(name: str, **told: Any) -> Manifest:
    recipe = Recipe(model="popular", settings={}, seed=0)
    given = {"created": 1, "recipe": recipe, "components": (), "seq": 1, "fit": (0, 1)}
    return Manifest(format=FORMAT, id=name, shop="shop", **{**given, **told})


class Machines:
    """Machines with a folder each, and one store."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self.url = folder, url

    def __getitem__(self, name: str) -> ObjectBundles:
        return open_bundles(self._folder / name, "shop", self.url)

    def publish(self, name: str, bundle: str, content: bytes = b"12345", **told: Any) -> None:
        """A machine builds a bundle."""
        staged = self[name].stage()
        (staged / "part").mkdir()
        (staged / "part" / "weights").write_bytes(content)
        self[name].publish(staged, manifest(bundle, **told))

    @property
    def keys(self) -> S3Store:
        """The store, read by itself."""
        return S3Store.from_url(f"{self.url}/shop", client_options={"allow_http": True})

    def names(self) -> list[str]:
        """What lies in it."""
        return sorted(each["path"] for part in obstore.list(self.keys) for each in part)


@pytest.fixture
def machines(store: RealStore, tmp_path: Path) -> Machines:
    return Machines(tmp_path, f"{store.url}/{tmp_path.name}")


@pytest.fixture
def down(running_store: RealStore) -> Iterator[RealStore]:
    """A test stops the store, and may start it again."""
    yield running_store
    if not running_store._answers():
        running_store.start()


def test_another_machine_opens_what_one_has_built_and_keeps_it(machines: Machines, down: RealStore) -> None:
    machines.publish("trainer", "b1")
    assert [each.id for each in machines["server"].all()] == ["b1"]
    assert machines.names() == ["b1/manifest.json", "b1/part/weights"]
    folder, found = machines["server"].open("b1")
    assert (folder / "part" / "weights").read_bytes() == b"12345"
    assert found.files["part/weights"].bytes == 5
    # when: there is no store for a while
    down.stop()
    # then: what lies here is listed and serves on, and what needs the store says so
    assert [each.id for each in machines["server"].all()] == ["b1"]
    assert machines["server"].open("b1")[0] == folder
    with pytest.raises(Unavailable, match="does not answer"):
        machines["server"].open("b2")


def test_what_could_not_be_sent_is_there_and_sent_before_the_next_is_built(
    machines: Machines, down: RealStore, caplog: pytest.LogCaptureFixture
) -> None:
    down.stop()
    machines.publish("trainer", "b1")
    assert "'b1' lies here, and is sent to the store before the next training" in caplog.text
    assert machines["trainer"].open("b1")[1].id == "b1"
    assert [each.id for each in machines["trainer"].all()] == ["b1"]
    # when
    down.start()
    machines["trainer"].stage()
    # then
    assert machines["server"].open("b1")[1].id == "b1"


def test_what_holds_histories_of_shoppers_is_not_sent(machines: Machines, caplog: pytest.LogCaptureFixture) -> None:
    machines.publish("trainer", "b1", holds_histories=True)
    machines["trainer"].stage()
    assert machines.names() == []
    assert "'b1' holds histories of shoppers, and is not sent" in caplog.text
    assert machines["trainer"].open("b1")[1].holds_histories


def test_another_model_of_the_same_name_is_left_alone(machines: Machines, caplog: pytest.LogCaptureFixture) -> None:
    machines.publish("one", "b1", b"one")
    machines.publish("other", "b1", b"other")
    assert "another model 'b1' lies in the store" in caplog.text
    assert (machines["third"].open("b1")[0] / "part" / "weights").read_bytes() == b"one"


def test_what_was_cut_short_is_no_bundle(machines: Machines) -> None:
    obstore.put(machines.keys, "b1/part/weights", b"12345")
    obstore.put(machines.keys, "b2/manifest.json", b"{")
    assert machines["server"].all() == []
    with pytest.raises(Unknown, match="no model 'b1'"):
        machines["server"].open("b1")


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "part/../../out", "C:out", "..\\out"])  # noqa: S108
def test_a_manifest_that_names_a_file_elsewhere_is_refused(name: str, machines: Machines, tmp_path: Path) -> None:
    machines.publish("trainer", "b1")
    told = json.loads(bytes(obstore.get(machines.keys, "b1/manifest.json").bytes()))
    told["files"] = {name: {"bytes": 5, "sha256": "0" * 64}}
    obstore.put(machines.keys, "b1/manifest.json", json.dumps(told).encode())
    with pytest.raises(Incompatible, match="outside of it"):
        machines["server"].open("b1")
    assert not list(tmp_path.glob("**/*out"))


@pytest.mark.parametrize("told", [{"id": "../precious"}, {"id": ""}, {"id": "b2"}, {"shop": "other"}, {"format": 99}])
def test_a_manifest_of_another_bundle_is_none_of_ours(told: dict[str, Any], machines: Machines, tmp_path: Path) -> None:
    machines.publish("trainer", "b1")
    (tmp_path / "server" / "precious").mkdir(parents=True)
    found = json.loads(bytes(obstore.get(machines.keys, "b1/manifest.json").bytes()))
    obstore.put(machines.keys, "b1/manifest.json", json.dumps({**found, **told}).encode())
    assert machines["server"].all() == []
    with pytest.raises(Unknown):
        machines["server"].open("b1")
    machines["server"].remove("")
    assert (tmp_path / "server" / "precious").is_dir()
    assert machines.names() == ["b1/manifest.json", "b1/part/weights"]


def test_two_that_fetch_at_once_both_have_it(machines: Machines) -> None:
    machines.publish("trainer", "b1", bytes(3_000_000))
    with ThreadPoolExecutor(4) as several:
        folders = list(several.map(lambda _: machines["server"].open("b1")[0], range(4)))
    assert len(set(folders)) == 1
    assert (folders[0] / "part" / "weights").stat().st_size == 3_000_000


def test_what_a_removal_left_torn_gives_way(machines: Machines, tmp_path: Path) -> None:
    machines.publish("trainer", "b1")
    torn = tmp_path / "server" / "bundles" / "b1" / "part"
    torn.mkdir(parents=True)
    assert (machines["server"].open("b1")[0] / "part" / "weights").read_bytes() == b"12345"


@pytest.mark.parametrize("content", [b"923456789", b"54321", b"1"], ids=["longer", "other", "shorter"])
def test_a_file_that_is_not_the_one_that_was_sealed_is_refused(content: bytes, machines: Machines) -> None:
    machines.publish("trainer", "b1")
    obstore.put(machines.keys, "b1/part/weights", content)
    with pytest.raises(Incompatible, match="is refused"):
        machines["server"].open("b1")


def test_a_removed_bundle_is_gone_from_the_store_and_here(machines: Machines) -> None:
    for name in ("b1", "b12"):
        machines.publish("trainer", name)
    machines["trainer"].remove("b1")
    assert machines.names() == ["b12/manifest.json", "b12/part/weights"]
    assert [each.id for each in machines["trainer"].all()] == ["b12"]


def test_a_refused_file_is_fetched_anew_once_it_is_mended(machines: Machines) -> None:
    machines.publish("trainer", "b1")
    obstore.put(machines.keys, "b1/part/weights", b"54321")
    with pytest.raises(Incompatible):
        machines["server"].open("b1")
    obstore.put(machines.keys, "b1/part/weights", b"12345")
    assert machines["server"].open("b1")[1].id == "b1"


def test_a_store_that_refuses_is_told_without_keys(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-this-one")
    bundles = machines["server"]
    assert bundles.all() == []
    with pytest.raises(Unavailable, match=r"refuses these keys \(403\)") as refused:
        bundles.open("b1")
    told = f"{refused.value} {caplog.text}"
    assert "models.store" in told
    assert not any(secret in told for secret in ("not-this-one", "a-secret", "a-key"))


@pytest.mark.parametrize(
    "url", ["s3:", "s3://", "s3://bucket/p?x=y", "s3://bucket#part", "s3://key:secret@bucket", "s3://bucket:9/p"]
)
def test_what_is_no_place_in_a_store_is_told_without_what_it_said(url: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="s3://bucket/prefix") as refused:
        bundles_of(url, tmp_path, "shop")
    assert "secret" not in str(refused.value)


def test_a_store_of_another_kind_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="ftp"):
        bundles_of("ftp://somewhere", tmp_path, "shop")
