"""Bundles of one shop in its folder, and copies of them in an object store that speaks S3: other machines find them.

The store's keys are `<prefix>/<shop>/<id>/<file>`, the manifest's last: what has no manifest is no bundle. Who may
write there, and where it is, say the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …).
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import msgspec
import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from lingxi.backends._files import disk
from lingxi.backends.bundles._folders import MANIFEST, FolderBundles, decode, refused
from lingxi.domain.bundle import FORMAT, Manifest
from lingxi.domain.errors import Invalid, LingxiError, Unavailable

UNSENT: Final = ".unsent-"
"""Before the id of a bundle that is not whole in the store yet: the name of an empty file beside it."""
PART: Final = 8 << 20
"""Bytes that one request fetches: a slow line takes many of them, and none too long."""
CONNECT, ANSWER, TRIED = timedelta(seconds=5), timedelta(seconds=30), timedelta(seconds=20)
"""How long a connection, a request and its repetitions may take."""
REST_SECONDS: Final = 10.0
"""How long a store that does not answer is not asked for its list again."""
REMEDY: Final = "see models.store and the AWS_… variables (docs/scaling.md)"

_logger = logging.getLogger(__name__)


class ObjectBundles:
    """`ports.bundles.Bundles`: those of `near`, and those in the store, which are fetched when they are opened.

    The store is never in the way: what lies here is listed and opened without it, and where it does not answer that is
    logged. A bundle that could not be sent is sent before the next one is built. One that holds histories of shoppers
    is not sent at all: nothing of a person leaves the machine.
    """

    def __init__(self, near: FolderBundles, url: str) -> None:
        self._near, self._url = near, url
        self._met: dict[str, Manifest] = {}
        self._rested = 0.0
        parts = urlsplit(url)
        if (
            parts.scheme != "s3"
            or not parts.hostname
            or parts.netloc != parts.hostname
            or parts.query
            or parts.fragment
        ):
            what = "a store of models is s3://bucket/prefix, with nothing else in it"
            raise Invalid(what, where="models.store", remedy="give keys by the AWS_… variables")
        self._store = S3Store(
            parts.netloc,
            prefix="/".join(each for each in (parts.path.strip("/"), near.shop) if each),
            client_options={"allow_http": True, "connect_timeout": CONNECT, "timeout": ANSWER},
            retry_config={"max_retries": 3, "retry_timeout": TRIED},
        )

    def stage(self) -> Path:
        """See `ports.bundles.Bundles.stage`."""
        for left in self._near.folder.glob(f"{UNSENT}*"):
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
        """See `ports.bundles.Bundles.all`."""
        here = {each.id: each for each in self._near.all()}
        if time.monotonic() >= self._rested:
            try:
                self._met = {each.id: each for each in self._listed()}
            except Unavailable as error:
                self._rested = time.monotonic() + REST_SECONDS
                _logger.warning("only the models that lie here, and those met before, are listed: %s", error)
        return sorted((self._met | here).values(), key=lambda manifest: (manifest.created, manifest.id))

    def remove(self, name: str) -> None:
        """See `ports.bundles.Bundles.remove`."""
        if not _plain(name):
            return
        self._near.remove(name)
        (self._near.folder / f"{UNSENT}{name}").unlink(missing_ok=True)
        try:
            with self._asked():
                keys = [each["path"] for part in obstore.list(self._store, f"{name}/") for each in part]
                # Without its manifest it is no bundle any more.
                for part in ([key for key in keys if key == f"{name}/{MANIFEST}"], keys):
                    obstore.delete(self._store, part)
            self._met.pop(name, None)
        except Unavailable as error:
            _logger.warning("model '%s' is deleted here, and may still lie in the store: %s", name, error)

    def open(self, name: str) -> tuple[Path, Manifest]:
        """See `ports.bundles.Bundles.open`; one that does not lie here is fetched.

        Raises:
            Unavailable: it does not lie here, and the store does not answer.
        """
        if _plain(name) and not (self._near.folder / name / MANIFEST).is_file():
            self._fetch(name)
        return self._near.open(name)

    def _listed(self) -> Iterator[Manifest]:
        """What lies in the store; a manifest is read once, for it does not change."""
        with self._asked():
            there = [PurePosixPath(each).name for each in obstore.list_with_delimiter(self._store)["common_prefixes"]]
        for name in there:
            manifest = self._met.get(name) or self._manifest(name)
            if manifest is not None:
                yield manifest

    def _send(self, name: str) -> None:
        """Brings a sealed bundle to the store; what fails is logged, and tried again another time."""
        try:
            if (self._near.folder / name / MANIFEST).is_file():
                self._copy(*self._near.open(name))
            (self._near.folder / f"{UNSENT}{name}").unlink(missing_ok=True)
        except LingxiError as error:
            _logger.warning("model '%s' lies here, and is sent to the store before the next training: %s", name, error)

    def _copy(self, folder: Path, manifest: Manifest) -> None:
        if manifest.holds_histories:
            _logger.warning("model '%s' holds histories of shoppers, and is not sent to the store", manifest.id)
            return
        other = self._manifest(manifest.id)
        if other is not None and other != manifest:
            _logger.warning("another model '%s' lies in the store: this one is not sent", manifest.id)
        if other is not None:
            return
        with self._asked():
            for file in (*manifest.files, MANIFEST):
                obstore.put(self._store, f"{manifest.id}/{file}", folder / file)

    def _fetch(self, name: str) -> None:
        """Brings a bundle here, whole or not at all; nothing where the store has none.

        Raises:
            Incompatible: it is not what its manifest says.
        """
        manifest = self._manifest(name)
        if manifest is None:
            return
        if outside := next((file for file in manifest.files if not _within(file)), ""):
            raise refused(self._near.folder / name, f"it names a file outside of it: {outside[:80]}")
        staged = self._near.stage()
        try:
            for file, sealed in manifest.files.items():
                (staged / file).parent.mkdir(parents=True, exist_ok=True)
                self._download(f"{name}/{file}", staged / file, sealed.bytes)
            self._near.take(staged, manifest)
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _download(self, key: str, path: Path, size: int) -> None:
        with disk(path), path.open("wb") as file:
            for start in range(0, size, PART):
                with self._asked():
                    part = obstore.get_range(self._store, key, start=start, end=min(start + PART, size))
                file.write(part)

    def _manifest(self, name: str) -> Manifest | None:
        """What the store says of a bundle; None where it has none of that id that this shop and version can read."""
        with self._asked():
            try:
                manifest = decode(bytes(obstore.get(self._store, f"{name}/{MANIFEST}").bytes()))
            except (FileNotFoundError, msgspec.DecodeError):
                return None
        known = manifest.id == name and manifest.shop == self._near.shop and manifest.format == FORMAT
        return manifest if known else None

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Turns the store's failures into ours, without what it said: that may name keys.

        Raises:
            Unavailable: it does not do what it was asked for.
        """
        try:
            yield
        except (BaseError, FileNotFoundError, ValueError) as error:
            raise Unavailable(f"the store of models {_why(error)}", where=self._url, remedy=REMEDY) from None


def open_bundles(folder: Path, shop: str, url: str) -> ObjectBundles:
    """The bundles of a shop at a URL such as `s3://bucket/prefix`; the store is not asked yet.

    Raises:
        Invalid: it is no such URL.
    """
    return ObjectBundles(FolderBundles(folder, shop), url)


def _why(error: Exception) -> str:
    status = re.search(r"status code: (\d{3})", str(error))
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return "refuses these keys" + (f" ({status[1]})" if status else "")
    if isinstance(error, FileNotFoundError):
        return "has no such bucket, or lacks a file of the model"
    return f"answers {status[1]}" if status else "does not answer"


def _plain(name: str) -> bool:
    return bool(name) and Path(name).name == name and not name.startswith(".") and name.isprintable()


def _within(file: str) -> bool:
    """Whether a manifest's file lies in its bundle."""
    path = PurePosixPath(file)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not set(file) & set("\\:\0")
