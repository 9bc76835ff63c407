"""A stream of bytes → blocks of whole lines with their numbers, in bounded memory whatever the lines are like."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lingxi.ingest.files._limits import BLOCK_BYTES, LINE_BYTES


class Bytes(Protocol):
    """What gives bytes."""

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read: its number, the rule that says so, why, and the start of its text."""

    line: int
    rule: str
    why: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines one after another as text without their ends; `first` is the number of the first, from 1.

    A line that cannot be read is empty in `text` and told in `faults`.
    """

    first: int
    text: list[str]
    faults: list[Fault] = field(default_factory=list)


def lines(stream: Bytes, encoding: str, block: int = BLOCK_BYTES, limit: int = LINE_BYTES) -> Iterator[Lines]:
    """The lines of a stream in blocks.

    A line longer than `limit`, one with a NUL and one that is not in the `encoding` is a fault of its own; the others
    stay. Line ends are LF, CRLF or, where a file has no other, CR.
    """
    rest, number = b"", 1
    overlong = False
    for data in _plain(stream, encoding, block):
        rest += data
        if overlong:
            end = rest.find(b"\n")
            if end < 0:
                rest = b""
                continue
            rest, overlong, number = rest[end + 1 :], False, number + 1
        end = rest.rfind(b"\n")
        if end >= 0:
            made = _block(rest[:end].split(b"\n"), number, encoding, limit)
            yield made
            number += len(made.text)
            rest = rest[end + 1 :]
        if len(rest) > limit:
            yield Lines(number, [""], [_too_long(number, rest, limit)])
            overlong, rest = True, b""
    if rest and not overlong:
        yield _block([rest], number, encoding, limit)


def _plain(stream: Bytes, encoding: str, size: int) -> Iterator[bytes]:
    """Bytes in which a line ends with LF; UTF-16 becomes UTF-8."""
    wide = encoding.startswith("utf-16")
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if wide else None
    first, mac = True, False
    while data := stream.read(size):
        if decoder is not None:
            data = decoder.decode(data).encode()
        if first:
            data = data.removeprefix(b"\xef\xbb\xbf")
            mac = b"\n" not in data and b"\r" in data
            first = False
        yield data.replace(b"\r", b"\n") if mac else data


def _block(raw: list[bytes], first: int, encoding: str, limit: int) -> Lines:
    """Decodes lines; the usual block decodes as a whole."""
    encoding = "utf-8" if encoding.startswith("utf-16") else encoding
    whole = b"\n".join(raw)
    if b"\0" not in whole and max(map(len, raw)) <= limit:
        try:
            text = whole.decode(encoding).split("\n")
            if len(text) == len(raw):
                return Lines(first, [each.removesuffix("\r") for each in text] if b"\r" in whole else text)
        except UnicodeDecodeError:
            pass
    text, faults = [], []
    for number, line in enumerate(raw, first):
        fault = _fault(number, line, encoding, limit)
        text.append("" if fault else line.decode(encoding).removesuffix("\r"))
        faults += [fault] if fault else []
    return Lines(first, text, faults)


def _fault(number: int, line: bytes, encoding: str, limit: int) -> Fault | None:
    """Why a line cannot be read."""
    if len(line) > limit:
        return _too_long(number, line, limit)
    shown = line[:2_000].decode(encoding, errors="replace")
    if (nul := line.find(b"\0")) >= 0:
        return Fault(number, "line_nul", f"a NUL byte at column {nul + 1}; text was expected", shown.replace("\0", "␀"))
    try:
        line.decode(encoding)
    except UnicodeDecodeError as error:
        why = f"the bytes at column {error.start + 1} are no {encoding}, as the rest of the file is"
        return Fault(number, "line_encoding", why, shown)
    return None


def _too_long(number: int, line: bytes, limit: int) -> Fault:
    why = f"the line is longer than {limit:,} bytes; the end of a line was expected before"
    return Fault(number, "line_too_long", why, line[:200].decode(errors="replace").replace("\0", "␀"))
