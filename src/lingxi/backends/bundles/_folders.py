"""Bundles of one shop as folders: each sealed by a manifest, and checked against it when it is opened."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

import msgspec

from lingxi.backends._files import disk, stage_in, sync, sync_folders, write_synced
from lingxi.domain.bundle import FORMAT, File, Manifest
from lingxi.domain.errors import Incompatible, Unknown

MANIFEST: Final = "manifest.json"
decode = msgspec.json.Decoder(Manifest).decode


class FolderBundles:
    """`ports.bundles.Bundles` in `<folder>/bundles/<id>/`; what is being built lies in `bundles/.staged-…`."""

    def __init__(self, folder: Path, shop: str) -> None:
        self.folder = folder / "bundles"
        self.shop = shop

    def stage(self) -> Path:
        """See `ports.bundles.Bundles.stage`."""
        with disk(self.folder):
            return stage_in(self.folder)

    def publish(self, staged: Path, manifest: Manifest) -> Manifest:
        """See `ports.bundles.Bundles.publish`."""
        with disk(self.folder):
            files = {str(file.relative_to(staged)): _seal(file) for file in sorted(staged.rglob("*")) if file.is_file()}
            whole = msgspec.structs.replace(manifest, files=files)
            write_synced(staged / MANIFEST, _told(whole))
            sync_folders(staged)
            staged.rename(self.folder / manifest.id)
            sync(self.folder)
        return whole

    def take(self, staged: Path, manifest: Manifest) -> None:
        """Takes a sealed bundle that was brought into a staged folder; nothing where another process was first.

        Raises:
            Incompatible: it is broken, of another shop or of another format.
        """
        self._check(staged, manifest)
        final = self.folder / manifest.id
        with disk(self.folder):
            for file in manifest.files:
                sync(staged / file)
            write_synced(staged / MANIFEST, _told(manifest))
            sync_folders(staged)
            _into_place(staged, final)
            sync(self.folder)

    def all(self) -> list[Manifest]:
        """See `ports.bundles.Bundles.all`."""
        found = []
        for each in self.folder.glob(f"*/{MANIFEST}"):
            if each.parent.name.startswith("."):
                continue
            try:
                found.append(decode(each.read_bytes()))
            except (OSError, msgspec.DecodeError):
                continue
        return sorted(found, key=lambda manifest: (manifest.created, manifest.id))

    def remove(self, name: str) -> None:
        """See `ports.bundles.Bundles.remove`."""
        folder = self.folder / name
        if Path(name).name == name and (folder / MANIFEST).is_file():
            # Without its manifest it is no bundle any more, so a removal that is cut short leaves none that is torn.
            (folder / MANIFEST).unlink()
            shutil.rmtree(folder, ignore_errors=True)

    def open(self, name: str) -> tuple[Path, Manifest]:
        """See `ports.bundles.Bundles.open`."""
        folder = self.folder / name
        if name.startswith(".") or Path(name).name != name or not (folder / MANIFEST).is_file():
            known = ", ".join(manifest.id for manifest in self.all()[-3:]) or "none yet"
            raise Unknown(f"there is no model '{name[:80]}'", where="model", remedy=f"newest: {known}")
        try:
            manifest = decode((folder / MANIFEST).read_bytes())
        except msgspec.DecodeError as error:
            raise refused(folder, f"its manifest does not parse: {error}") from error
        self._check(folder, manifest)
        return folder, manifest

    def _check(self, folder: Path, manifest: Manifest) -> None:
        if manifest.format != FORMAT:
            raise refused(self.folder / manifest.id, f"it has format {manifest.format}, this Lingxi reads {FORMAT}")
        if manifest.shop != self.shop:
            raise refused(self.folder / manifest.id, f"it belongs to shop '{manifest.shop}', not to '{self.shop}'")
        for name, file in manifest.files.items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != file.bytes or _hash(path) != file.sha256:
                raise refused(self.folder / manifest.id, f"its file {name} is not the one that was sealed")


def _told(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def refused(folder: Path, why: str) -> Incompatible:
    """Why a bundle is not taken."""
    return Incompatible(f"bundle '{folder.name}' is refused: {why}", where=str(folder), remedy="train a new one")


def _into_place(staged: Path, final: Path) -> None:
    """Renames a whole bundle to its place; nothing where another process was first."""
    try:
        staged.rename(final)
    except OSError:
        if (final / MANIFEST).is_file():
            return
        final.rename(staged.with_name(f"{staged.name}-torn"))  # left by a removal that was cut short
        staged.rename(final)


def _seal(file: Path) -> File:
    sync(file)
    return File(bytes=file.stat().st_size, sha256=_hash(file))


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
