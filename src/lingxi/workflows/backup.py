"""Backs a home up while it serves, and restores it: databases, settings, bundles, receipts; no secret but hashes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from lingxi.domain.bundle import File
from lingxi.domain.errors import Incompatible, Invalid, Refused, Unavailable, Unknown

FORMAT: Final = 1
MANIFEST: Final = "backup.json"
ARCHIVES: Final = (".tar", ".tgz", ".tar.gz")
LEFT_OUT: Final = frozenset({"checkpoints", "training", "vectors", "serving.json", "probe"})
"""What can be made again, or says something of this moment only."""
BESIDE: Final = ("-wal", "-shm", "-journal")
HOME_FILES: Final = ("lingxi.toml", "keys.db")
SHOPS: Final = "shops"
LOG: Final = "log.db"


class Databases(NamedTuple):
    """How databases are copied while they are written, what is wrong with one, and how far a log goes."""

    copy: Callable[[Path, Path], None]
    faults: Callable[[Path], list[str]]
    head: Callable[[Path], int]


class Backup(Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `made` is µs UTC, `shops` the last `seq` of each, `files` by path within it."""

    format: int
    made: int
    version: str
    shops: dict[str, int]
    files: dict[str, File]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(each.bytes for each in self.files.values())


def back_up(home: Path, to: Path, databases: Databases, now: int, version: str) -> Backup:
    """Writes a backup of everything in `home` to a new folder, or a new archive (.tar, .tgz, .tar.gz).

    Each database is copied as it was at one moment, its log before the bundles that it names. It is there whole or not
    at all.

    Raises:
        Invalid: something is there already.
        Unavailable: the disk has no room.
    """
    if to.exists():
        raise Invalid("there is something already", where=str(to), remedy="name a new file or folder")
    _room(home, to)
    staged = to.with_name(f".{to.name}.{os.getpid()}.part")
    with _disk(to):
        shutil.rmtree(staged, ignore_errors=True)
        try:
            for file in _files(home):
                _copy(file, staged / file.relative_to(home), databases)
            about = _about(staged, databases, now, version)
            (staged / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1))
            _put(staged, to)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return about


def _files(home: Path) -> Iterator[Path]:
    """Every file to copy: what names others before what is named."""
    yield from (home / name for name in HOME_FILES if (home / name).is_file())
    for shop in sorted((home / SHOPS).glob("*")):
        found = [each for each in shop.rglob("*") if each.is_file() and _wanted(each.relative_to(shop))]
        yield from sorted(found, key=lambda file: (file.name != LOG, file.suffix != ".db", str(file)))


def _wanted(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not (hidden or path.parts[0] in LEFT_OUT or path.name.endswith(BESIDE))


def _copy(file: Path, to: Path, databases: Databases) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        if file.suffix == ".db":
            databases.copy(file, to)
        else:
            shutil.copy2(file, to)
    except FileNotFoundError:
        # A day of slates that expired, a receipt that was replaced: gone since it was listed.
        return


def _about(staged: Path, databases: Databases, now: int, version: str) -> Backup:
    logs = sorted((staged / SHOPS).glob(f"*/{LOG}"))
    shops = {log.parent.name: databases.head(log) for log in logs}
    for beside in [each for each in staged.rglob("*") if each.name.endswith(BESIDE)]:
        beside.unlink()
    files = {str(file.relative_to(staged)): _seal(file) for file in sorted(staged.rglob("*")) if file.is_file()}
    return Backup(format=FORMAT, made=now, version=version, shops=shops, files=files)


def _seal(file: Path) -> File:
    with file.open("rb") as content:
        os.fsync(content.fileno())
        return File(bytes=file.stat().st_size, sha256=hashlib.file_digest(content, "sha256").hexdigest())


def _put(staged: Path, to: Path) -> None:
    if not to.name.endswith(ARCHIVES):
        staged.rename(to)
        return
    half = to.with_name(f".{to.name}.{os.getpid()}.half")
    try:
        plain = to.name.endswith(".tar")
        with tarfile.open(half, "w") if plain else tarfile.open(half, "w:gz", compresslevel=1) as archive:
            archive.add(staged, arcname=".")
        half.rename(to)
    finally:
        half.unlink(missing_ok=True)


def _room(home: Path, to: Path) -> None:
    size = sum(file.stat().st_size for file in _files(home) if file.exists())
    with _disk(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(to.parent).free
    if free < size:
        what = f"{size / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free"
        raise Unavailable(what, where=str(to.parent), remedy="free some space, or name another disk")


def restore(source: Path, home: Path, databases: Databases, now: int, *, overwrite: bool) -> Backup:
    """Puts a backup in place, once every file of it was checked; what was there is kept beside, in a hidden folder.

    Raises:
        Unknown: there is no such backup.
        Refused: the home holds a shop, and `overwrite` was not given.
        Incompatible: the backup is of another format, or a file of it is missing, changed or damaged.
    """
    if not overwrite and (held := _held(home, databases)):
        remedy = "name an empty home, or say --overwrite: what is there is kept beside"
        raise Refused(f"the home holds {held}", where=str(home), remedy=remedy)
    with _disk(home):
        home.mkdir(parents=True, exist_ok=True)
        staged = home / f".restoring-{os.getpid()}"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            _fetch(source, staged)
            about = _checked(staged, databases)
            (staged / MANIFEST).unlink()
            before = home / f".before-restore-{now}"
            for name in (*HOME_FILES, *(f"keys.db{end}" for end in BESIDE), SHOPS):
                if (home / name).exists():
                    before.mkdir(exist_ok=True)
                    (home / name).rename(before / name)
            for each in staged.iterdir():
                each.rename(home / each.name)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return about


def _held(home: Path, databases: Databases) -> str:
    """The first shop in which something happened."""
    for log in sorted((home / SHOPS).glob(f"*/{LOG}")):
        if (head := databases.head(log)) > 0:
            return f"shop '{log.parent.name}' with {head:,} changes"
    return ""


def _fetch(source: Path, staged: Path) -> None:
    """The backup's files, in a folder of our own."""
    if source.is_dir():
        shutil.copytree(source, staged)
    elif source.is_file():
        try:
            with tarfile.open(source) as archive:
                _unpack(archive, staged, source)
        except (tarfile.TarError, EOFError) as error:
            raise _broken(source, f"the archive cannot be read: {error}") from error
    else:
        raise Unknown("there is no such backup", where=str(source), remedy="make one with `lingxi backup`")


def _unpack(archive: tarfile.TarFile, staged: Path, source: Path) -> None:
    """Folders and plain files, and none outside; `extractall` can see to that only from Python 3.11.4 on."""
    for member in archive:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
            raise _broken(source, f"'{member.name[:200]}' is no file or folder of a backup")
        if member.isdir():
            (staged / name).mkdir(parents=True, exist_ok=True)
            continue
        (staged / name).parent.mkdir(parents=True, exist_ok=True)
        packed = archive.extractfile(member)
        if packed is not None:
            with packed, (staged / name).open("wb") as file:
                shutil.copyfileobj(packed, file)


def _checked(staged: Path, databases: Databases) -> Backup:
    try:
        about = msgspec.json.decode((staged / MANIFEST).read_bytes(), type=Backup)
    except (OSError, msgspec.DecodeError) as error:
        raise _broken(staged, f"its {MANIFEST} is missing or does not parse") from error
    if about.format != FORMAT:
        raise _broken(staged, f"it has format {about.format}, this Lingxi reads {FORMAT}")
    there = {str(file.relative_to(staged)) for file in staged.rglob("*") if file.is_file()} - {MANIFEST}
    if odd := sorted(there ^ set(about.files)):
        raise _broken(staged, f"{odd[0]} is {'not part of it' if odd[0] in there else 'missing'}")
    for name, file in about.files.items():
        if _seal(staged / name) != file:
            raise _broken(staged, f"{name} is not the file that was backed up")
        if name.endswith(".db") and (faults := databases.faults(staged / name)):
            raise _broken(staged, f"{name} is damaged: {faults[0]}")
    return about


def _broken(where: Path, why: str) -> Incompatible:
    return Incompatible(f"the backup is refused: {why}", where=str(where), remedy="use another backup")


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the disk refused: {error.strerror or error}"
        raise Unavailable(what, where=str(place), remedy="free space or grant the right") from error
