"""Bundles of one shop in an object store that speaks S3, and in the shop's folder as far as they were opened here.

The store's keys are `<prefix>/<shop>/<id>/<file>`, the manifest's last: what has none there is no bundle. Who may write
there, and where it is, say the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from lingxi.backends._files import disk
from lingxi.backends.bundles._folders import MANIFEST, FolderBundles, decode
from lingxi.domain.bundle import Manifest
from lingxi.domain.errors import Incompatible, Invalid, LingxiError, Unavailable, Unknown

UNSENT: Final = ".unsent-"
"""Before the id of a bundle that lies here and is not whole in the store yet: the name of an empty file beside it."""
PATIENCE: Final = timedelta(seconds=20)
"""How long what failed is tried again."""
SHOWN: Final = 160
"""Letters of a store's message that are passed on."""


class ObjectBundles:
    """`ports.bundles.Bundles` in the store at `url`. What is sealed here and cannot be sent stays, and is sent before
    the next one is built; what lay in the folder before there was a store is used as ever, and not sent.

    Everything but `stage` raises Unavailable where the store is needed and does not answer: a bundle that lies here
    whole is opened without it.
    """

    def __init__(self, near: FolderBundles, url: str) -> None:
        self._near, self._url = near, url
        try:
            self._store = S3Store.from_url(
                f"{url.rstrip('/')}/{near.shop}",
                client_options={"allow_http": True},
                retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
            )
        except (BaseError, ValueError) as error:
            raise Invalid(
                f"'{url}' is no store: {_said(error)}", where="models.store", remedy="s3://bucket/prefix"
            ) from None

    def stage(self) -> Path:
        """See `ports.bundles.Bundles.stage`."""
        for left in self._near.folder.glob(f"{UNSENT}*"):
            with suppress(LingxiError):  # another time
                self._send(left.name.removeprefix(UNSENT))
        return self._near.stage()

    def publish(self, staged: Path, manifest: Manifest) -> Manifest:
        """See `ports.bundles.Bundles.publish`."""
        with disk(self._near.folder):
            (self._near.folder / f"{UNSENT}{manifest.id}").touch()
        whole = self._near.publish(staged, manifest)
        self._send(manifest.id)
        return whole

    def all(self) -> list[Manifest]:
        """See `ports.bundles.Bundles.all`: those in the store, and those that lie here."""
        found = {each.id: each for each in self._near.all()}
        with self._asked():
            there = [PurePosixPath(each).name for each in obstore.list_with_delimiter(self._store)["common_prefixes"]]
        for name in there:
            if name not in found and (manifest := self._manifest(name)) is not None:
                found[name] = manifest
        return sorted(found.values(), key=lambda manifest: (manifest.created, manifest.id))

    def remove(self, name: str) -> None:
        """See `ports.bundles.Bundles.remove`."""
        if not _plain(name):
            return
        with self._asked():
            keys = [each["path"] for part in obstore.list(self._store, f"{name}/") for each in part]
            first = f"{name}/{MANIFEST}"
            obstore.delete(self._store, [key for key in keys if key == first])
            obstore.delete(self._store, [key for key in keys if key != first])
        self._near.remove(name)
        (self._near.folder / f"{UNSENT}{name}").unlink(missing_ok=True)

    def open(self, name: str) -> tuple[Path, Manifest]:
        """See `ports.bundles.Bundles.open`; one that does not lie here is fetched."""
        if _plain(name) and not (self._near.folder / name / MANIFEST).is_file():
            self._fetch(name)
        return self._near.open(name)

    def _send(self, name: str) -> None:
        """Brings a sealed bundle to the store, whole; nothing where it is no bundle any more."""
        folder = self._near.folder / name
        if (folder / MANIFEST).is_file():
            files = decode((folder / MANIFEST).read_bytes()).files
            with self._asked(f"model '{name}' lies here and could not be sent", "it is sent before the next training"):
                for file in (*files, MANIFEST):
                    obstore.put(self._store, f"{name}/{file}", folder / file)
        (self._near.folder / f"{UNSENT}{name}").unlink(missing_ok=True)

    def _fetch(self, name: str) -> None:
        """Brings a bundle here, whole or not at all.

        Raises:
            Unknown: the store has none of that id.
            Incompatible: it is not what its manifest says.
        """
        manifest = self._manifest(name)
        if manifest is None:
            known = ", ".join(each.id for each in self.all()[-3:]) or "none yet"
            raise Unknown(f"there is no model '{name[:80]}'", where="model", remedy=f"newest: {known}")
        staged = self._near.stage()
        try:
            for file, sealed in manifest.files.items():
                if not _within(file):
                    raise _refused(name, f"it names a file outside of it: {file[:80]}")
                self._download(f"{name}/{file}", staged / file, sealed.bytes)
            self._near.take(staged, manifest)
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _download(self, key: str, path: Path, size: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._asked(), disk(self._near.folder), path.open("wb") as file:
            for part in obstore.get(self._store, key).stream():
                size -= len(part)
                if size < 0:
                    raise _refused(key, "it is longer than its manifest says")
                file.write(part)

    def _manifest(self, name: str) -> Manifest | None:
        """What the store says of a bundle; None where it has no whole one of that id."""
        try:
            with self._asked():
                return decode(bytes(obstore.get(self._store, f"{name}/{MANIFEST}").bytes()))
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    @contextmanager
    def _asked(self, what: str = "the store of models does not answer", remedy: str = "") -> Iterator[None]:
        """Turns the store's failures into ours; that it does not have something is passed on."""
        try:
            yield
        except BaseError as error:
            remedy = remedy or "see models.store and the AWS_… variables (docs/scaling.md)"
            raise Unavailable(f"{what}: {_said(error)}", where=self._url, remedy=remedy) from None


def open_bundles(folder: Path, shop: str, url: str) -> ObjectBundles:
    """The bundles of a shop at a URL such as `s3://bucket/prefix`; the store is not asked yet.

    Raises:
        Invalid: it is no such URL.
    """
    return ObjectBundles(FolderBundles(folder, shop), url)


def _said(error: Exception) -> str:
    """The message of a store without what it answered, which may name keys."""
    return str(error).strip().split("\n", 1)[0].split("<?xml", 1)[0].strip(" :")[:SHOWN]


def _plain(name: str) -> bool:
    return Path(name).name == name and not name.startswith(".")


def _within(file: str) -> bool:
    """Whether a manifest's file lies in its bundle."""
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in file and ":" not in file


def _refused(name: str, why: str) -> Incompatible:
    return Incompatible(f"bundle '{name}' is refused: {why}", where=name, remedy="train a new one")
