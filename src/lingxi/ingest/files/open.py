"""Paths → the files in them → streams of plain bytes: folders, zip archives and gzip are opened on the way."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from lingxi.domain.errors import LingxiError, Malformed, TooLarge, Unavailable, Unknown
from lingxi.ingest.files._limits import FREE_BYTES, RATIO, SHEET_BYTES

SUFFIXES: Final = (
    *(".csv", ".tsv", ".tab", ".txt", ".dat", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx", ".xlsm"),
    *(".xls", ".gz", ".zip"),
)
"""What is taken from a folder or an archive; a file that is named itself may have any suffix."""
Wanted = Callable[[Path], bool]
GZIP: Final = b"\x1f\x8b"
_PACKED: Final = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or one inside a zip archive, or a `sheet` of a workbook. `name` is what messages call it, `found` whether
    it lay in a folder or an archive instead of being named itself."""

    path: Path
    name: str
    member: str | None = None
    sheet: str = ""
    found: bool = False

    @property
    def stem(self) -> str:
        """The name without folders and suffixes, in lower case."""
        return Path(self.member or self.path.name).name.split(".")[0].lower()

    @property
    def file(self) -> str:
        """The name without a sheet."""
        return self.name.removesuffix(f", sheet '{self.sheet}'")

    @property
    def size(self) -> int:
        """Bytes on disk, packed as they are.

        Raises:
            Malformed: the archive is damaged.
            Unavailable: the file cannot be read.
        """
        with _told(self.name):
            if self.member is None:
                return self.path.stat().st_size
            with zipfile.ZipFile(self.path) as archive:
                return archive.getinfo(self.member).compress_size


def sources(paths: Sequence[Path], wanted: Wanted | None = None, passed: list[str] | None = None) -> list[Source]:
    """Every file that the paths name, folders and archives looked through, in order of name.

    `wanted` says which files of a folder or an archive are taken, by their path in it; by their suffix unless given.
    The names of the others are added to `passed`.

    Raises:
        Unknown: there is no such file or folder, or a folder holds nothing that can be read.
        Malformed: an archive is damaged.
    """
    found: list[Source] = []
    for path in paths:
        if not path.exists():
            raise Unknown(f"there is no file or folder '{path}'", where=str(path.parent), remedy="check the path")
        choose, told = wanted or _wanted, [] if passed is None else passed
        found += _folder(path, choose, told) if path.is_dir() else _file(path, path.name, choose, told)
    return found


def _folder(folder: Path, wanted: Wanted, passed: list[str]) -> list[Source]:
    names = [each.relative_to(folder) for each in sorted(folder.rglob("*")) if each.is_file()]
    taken = _taken(names, wanted, passed)
    if not taken:
        what = "the folder holds no file that can be read"
        raise Unknown(what, where=str(folder), remedy=f"files end in one of: {', '.join(SUFFIXES)}")
    found = [source for name in taken for source in _file(folder / name, str(name), wanted, passed)]
    return [replace(each, found=True) for each in found]


def _taken(names: Sequence[Path], wanted: Wanted, passed: list[str]) -> list[Path]:
    """The files of a folder or an archive that are taken; an archive in a folder always is."""
    shown = [each for each in names if not any(part.startswith((".", "__MACOSX")) for part in each.parts)]
    taken = [each for each in shown if wanted(each) or each.suffix.lower() == ".zip"]
    passed += [str(each) for each in shown if each not in taken]
    return taken


def _wanted(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _file(path: Path, name: str, wanted: Wanted, passed: list[str]) -> list[Source]:
    """The file itself, or what an archive holds."""
    if _magic(path)[:4] != b"PK\x03\x04":
        return [Source(path, name)]
    with _told(name), zipfile.ZipFile(path) as archive:
        members = archive.namelist()
    if "[Content_Types].xml" in members:
        return [Source(path, name)]
    inside = {Path(each): each for each in sorted(members) if not each.endswith("/")}
    taken = _taken(list(inside), wanted, passed)
    if not taken:
        raise Unknown("the archive holds no file that can be read", where=name, remedy="unpack it and name the file")
    return [Source(path, f"{name}/{inside[each]}", inside[each], found=True) for each in taken]


def _magic(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise Unavailable(
            f"the file cannot be read: {error.strerror}", where=str(path), remedy="check its rights"
        ) from error


class Stream:
    """The plain bytes of a source. `done` is the share that was read, `offset` how many plain bytes."""

    def __init__(self, name: str, file: IO[bytes], raw: IO[bytes], size: int, start: int) -> None:
        self.name = name
        self.offset = 0
        self._file, self._raw, self._size, self._start = file, raw, size, start

    @property
    def done(self) -> float:
        """Between 0 and 1."""
        return min(1.0, (self._raw.tell() - self._start) / max(1, self._size))

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end.

        Raises:
            Malformed: the archive is torn or damaged.
            TooLarge: it unpacks to more than any export does.
        """
        with _told(self.name, self.offset):
            data = self._file.read(size)
        self.offset += len(data)
        packed = self._raw.tell() - self._start
        if self._file is not self._raw and self.offset > FREE_BYTES + RATIO * packed:
            what = f"{packed:,} packed bytes have become {self.offset:,}: more than {RATIO} times as many"
            raise TooLarge(what, where=self.name, remedy="if it is no attack, unpack it and import the plain file")
        return data


@contextmanager
def reading(source: Source) -> Iterator[Stream]:
    """Opens a source for one reading, from its start.

    Raises:
        Malformed: the archive is damaged.
        Unavailable: the file cannot be read.
    """
    with ExitStack() as stack:
        with _told(source.name):
            raw: IO[bytes] = stack.enter_context(source.path.open("rb"))
            file, size = raw, source.path.stat().st_size
            if source.member is not None:
                archive = stack.enter_context(zipfile.ZipFile(raw))
                file = stack.enter_context(io.BufferedReader(archive.open(source.member)))  # type: ignore[type-var]
                size = archive.getinfo(source.member).compress_size
            start = raw.tell()
            if file.peek(2)[:2] == GZIP:  # type: ignore[attr-defined]
                file = stack.enter_context(gzip.GzipFile(fileobj=file))  # type: ignore[arg-type]
            stream = Stream(source.name, file, raw, size, start)
        yield stream


@contextmanager
def on_disk(source: Source) -> Iterator[Path]:
    """A path to the plain file, for readers that jump about: a packed one is unpacked into a temporary file."""
    if source.member is None and _magic(source.path)[:2] != GZIP:
        yield source.path
        return
    suffix = Path((source.member or source.path.name).removesuffix(".gz")).suffix
    with reading(source) as stream, tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        while data := stream.read(1 << 20):
            copy.write(data)
        copy.flush()
        yield Path(copy.name)


def check_sheets(path: Path, name: str) -> None:
    """Looks whether the sheets of an Excel file unpack to a sane size.

    Raises:
        TooLarge: they do not.
    """
    if not zipfile.is_zipfile(path):
        return
    with _told(name), zipfile.ZipFile(path) as archive:
        full = sum(each.file_size for each in archive.infolist())
        packed = sum(each.compress_size for each in archive.infolist())
    if full > min(SHEET_BYTES, FREE_BYTES + RATIO * packed):
        what = f"its sheets unpack from {packed:,} to {full:,} bytes"
        raise TooLarge(what, where=name, remedy="save it as CSV and import that")


@contextmanager
def _told(name: str, offset: int = 0) -> Iterator[None]:
    """Failures of reading, in our own words."""
    try:
        yield
    except LingxiError:
        raise
    except _PACKED as error:
        what = f"the file is torn or damaged after {offset:,} plain bytes: {error}"
        raise Malformed(what, where=name, remedy="copy or export it again; nothing of it was stored") from error
    except (RuntimeError, NotImplementedError) as error:
        raise Malformed(f"the archive cannot be opened: {error}", where=name, remedy="unpack it yourself") from error
    except OSError as error:
        raise Unavailable(
            f"the file cannot be read: {error}", where=name, remedy="check the file and the disk"
        ) from error
