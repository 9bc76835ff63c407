"""Published sets as what a shop would have logged: a past, a validation, and the questions of a test.

A sequence file is an order and no more: its positions are the times. Each shopper's last act of the past is one step
before its end, the one before it two steps, and so on: one step is a day. A file of sessions lies in the order of its
rows: one click is a minute, one row after the other `ROW` apart. Validation asks for clicks drawn from the newest
tenth, whatever their place in a session, as a test's questions are. Of that tenth the past knows what came before these
clicks in their sessions and no more: what all others do meanwhile a test does not tell either. What validation found
is then fitted again to all of the clicks.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lingxi.domain.errors import Invalid
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, History, Interactions

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
END: Final = 1_600_000_000_000_000
DAY: Final = 86_400_000_000
MINUTE: Final = 60_000_000
ROW: Final = 10_000_000
ITEMS: Final = ("*.items.jsonl", "*.items.jsonl.gz")
GAPS: Final = ("*.gap_seconds.txt", "*.gap_seconds.txt.gz")
HELD: Final = 0.1
EVERY: Final = 20
"""Of the newest sessions' clicks one in so many is a question of validation."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A set under a protocol: learn from `past` (before `until`), choose by `validation`, then answer each question:
    the items `asked[start[q] : start[q + 1]]`, oldest first and one `step` apart, the last one step before `now`; the
    right answer is `target[q]`. `masked`: what a shopper had is no answer. `whole`: past and validation, which a second
    fit learns from with what the first one found, as a shop trains; None where the protocol has one fit."""

    name: str
    print: str
    past: Interactions
    validation: Interactions
    goods: Goods
    until: int
    asked: Ints
    start: Longs
    target: Ints
    now: int
    step: int
    kind: str
    masked: bool
    whole: Interactions | None = None

    def __len__(self) -> int:
        return len(self.target)

    def histories(self) -> Iterator[History]:
        """Of each question."""
        code = KIND_CODE[self.kind]
        for low, high in zip(self.start[:-1].tolist(), self.start[1:].tolist(), strict=True):
            at = self.now - self.step * np.arange(high - low, 0, -1, dtype=np.int64)
            yield History(at, self.asked[low:high], np.full(high - low, code, dtype=np.int8))


def leave_one_out(folder: Path, *, shuffled: int | None = None) -> Trial:
    """The last item of each sequence is the test's, the last but one validation's; shorter ones than three only teach.

    With `shuffled` items of one time (no gap between them) are put in an order drawn by that seed.

    Raises:
        Invalid: the folder has not one sequence file, or a line of a file is none.
    """
    file = _only(folder, "*.sequences.txt*", ("*.sequences.txt", "*.sequences.txt.gz"))
    lines = [line.split()[1:] for line in _read(file)]
    if shuffled is not None:
        lines = _shuffled(lines, _gaps(folder, [len(line) for line in lines]), shuffled)
    goods, numbers = _goods(folder, {item for line in lines for item in line})
    sequences = [np.array([numbers[item] for item in line], dtype=np.int32) for line in lines]
    cut = [len(each) - 2 if len(each) > 2 else len(each) for each in sequences]
    taught = [each[:size] for each, size in zip(sequences, cut, strict=True)]
    past = _acts(taught, [END] * len(taught), DAY, "purchase")
    long = [shopper for shopper, each in enumerate(sequences) if len(each) > 2]
    held = _held(long, [int(sequences[shopper][-2]) for shopper in long], "purchase")
    asked = [sequences[shopper][:-1] for shopper in long]
    target = np.array([sequences[shopper][-1] for shopper in long], dtype=np.int32)
    name = f"{file.name.partition('.')[0]}{'' if shuffled is None else '_shuffled'}"
    files = [file, *beside(folder, gaps=shuffled is not None)]
    return _trial(name, files, past, held, goods, asked, target, DAY, "purchase", masked=True)


def sessions(folder: Path) -> Trial:
    """Anonymous sessions and the questions of their test: a prefix and the click that followed.

    Raises:
        Invalid: the folder has not one file of each, or one without its columns.
    """
    first = _only(folder, "*.train_sessions.parquet", ("*.train_sessions.parquet",))
    second = _only(folder, "*.test_prefix_target.parquet", ("*.test_prefix_target.parquet",))
    rows = [each for each in _column(first, "items").to_list() if each]
    prefix, wanted = _column(second, "prefix").to_list(), _column(second, "target").to_list()
    goods, numbers = _goods(folder, {str(item) for row in (*rows, *prefix, wanted) for item in row})
    clicks = [np.array([numbers[str(item)] for item in row], dtype=np.int32) for row in rows]
    newest = len(clicks) - int(HELD * len(clicks))
    ends = [END - max(newest - row, 0) * ROW for row in range(len(clicks))]
    # A click that validation asks for lies at END, a minute after the last one of the past; so does its like here.
    whole = _acts(clicks, [end + MINUTE for end in ends], MINUTE, "view")
    cuts = {newest + row: place for row, place in _drawn([len(each) for each in clicks[newest:]]).items()}
    held = _held(list(cuts), [int(clicks[row][place]) for row, place in cuts.items()], "view")
    known = [each[: cuts.get(row, len(each) if row < newest else 0)] for row, each in enumerate(clicks)]
    past = _acts(known, ends, MINUTE, "view")
    asked = [np.array([numbers[str(item)] for item in row], dtype=np.int32) for row in prefix]
    target = np.array([numbers[str(item)] for item in wanted], dtype=np.int32)
    name = first.name.partition(".")[0]
    files = [first, second, *beside(folder)]
    trial = _trial(name, files, past, held, goods, asked, target, MINUTE, "view", masked=False)
    return replace(trial, whole=whole)


def _drawn(sizes: Sequence[int]) -> dict[int, int]:
    """By session, the place of the click that validation asks for: sessions lie end to end in an order drawn by chance,
    and every `EVERY`th click but first ones is asked for, so that a long session is asked as much more often as it has
    more of them, as by a test that asks for all. Of two in one session the first counts."""
    order = np.random.default_rng(0).permutation(len(sizes)).tolist()
    pairs = [(row, place) for row in order for place in range(1, sizes[row])]
    drawn: dict[int, int] = {}
    for row, place in pairs[::EVERY]:
        drawn.setdefault(row, place)
    return dict(sorted(drawn.items()))


def timed(folder: Path) -> tuple[str, str, Interactions, Goods]:
    """Name, digest, acts and catalogue of a sequence file for a split by time: each sequence ends at one time; what is
    known of gaps says how far apart its acts are, else a day."""
    file = _only(folder, "*.sequences.txt*", ("*.sequences.txt", "*.sequences.txt.gz"))
    lines = [line.split()[1:] for line in _read(file)]
    goods, numbers = _goods(folder, {item for line in lines for item in line})
    sequences = [np.array([numbers[item] for item in line], dtype=np.int32) for line in lines]
    sizes = [len(each) for each in sequences]
    if _some(folder, GAPS):
        gaps = [np.array([*gap[1:], 1], dtype=np.int64) * 1_000_000 for gap in _gaps(folder, sizes)]
    else:
        gaps = [np.full(size, DAY, dtype=np.int64) for size in sizes]
    at = np.concatenate([END - np.cumsum(gap[::-1])[::-1] for gap in gaps])
    acts = _events(np.repeat(np.arange(len(lines)), sizes), np.concatenate(sequences), at, "purchase")
    mark = print_of([file, *beside(folder, gaps=True)])
    return file.name.partition(".")[0], mark, acts.where(np.lexsort((acts.tie, acts.at))), goods


def _trial(
    name: str,
    files: list[Path],
    past: Interactions,
    held: Interactions,
    goods: Goods,
    asked: Sequence[Ints],
    target: Ints,
    step: int,
    kind: str,
    *,
    masked: bool,
) -> Trial:
    sizes = np.array([len(each) for each in asked], dtype=np.int64)
    return Trial(
        name=name,
        print=print_of(files),
        past=past,
        validation=held,
        goods=goods,
        until=END,
        asked=np.concatenate(asked),
        start=np.append(0, np.cumsum(sizes)),
        target=target,
        now=END + step,
        step=step,
        kind=kind,
        masked=masked,
    )


def _acts(sequences: Sequence[Ints], ends: Sequence[int], step: int, kind: str) -> Interactions:
    """Each sequence's acts `step` apart, the last one a step before its end."""
    sizes = np.array([len(each) for each in sequences], dtype=np.int64)
    back = np.concatenate([np.arange(size, 0, -1) for size in sizes])
    at = np.repeat(np.array(ends, dtype=np.int64), sizes) - step * back
    whole = _events(np.repeat(np.arange(len(sequences)), sizes), np.concatenate(sequences), at, kind)
    return whole.where(np.lexsort((whole.tie, whole.at)))


def _held(shoppers: Sequence[int], items: Sequence[int], kind: str) -> Interactions:
    """What validation asks for: it happens at the end of the past."""
    return _events(np.array(shoppers), np.array(items), np.full(len(items), END, dtype=np.int64), kind)


def _events(shopper: npt.ArrayLike, item: npt.ArrayLike, at: Longs, kind: str) -> Interactions:
    size = len(at)
    return Interactions(
        at=at,
        received=at.copy(),
        tie=np.arange(size, dtype=np.int64),
        shopper=np.asarray(shopper, dtype=np.int32),
        item=np.asarray(item, dtype=np.int32),
        kind=np.full(size, KIND_CODE[kind], dtype=np.int8),
        quantity=np.ones(size, dtype=np.float32),
        price=np.full(size, np.nan, dtype=np.float32),
        marked=np.zeros(size, dtype=np.bool_),
    )


def _goods(folder: Path, met: set[str]) -> tuple[Goods, dict[str, int]]:
    """The catalogue: what the sequences hold and what `*.items.jsonl` names, with the leaf of its first category."""
    leaf: dict[str, str] = {}
    for told in objects_of(folder):
        paths = told.get("category_paths") or [[]]
        leaf[str(told["item_id"])] = str(paths[0][-1]) if paths[0] else ""
    ids = sorted(met | set(leaf), key=lambda name: (len(name), name))
    names = sorted(set(leaf.values()))
    place = {name: number for number, name in enumerate(names)}
    category = np.array([place.get(leaf.get(each, ""), -1) for each in ids], dtype=np.int32)
    goods = Goods(ids, category, names, np.full(len(ids), np.nan, dtype=np.float32), np.ones(len(ids), dtype=np.bool_))
    return goods, {name: number for number, name in enumerate(ids)}


def objects_of(folder: Path) -> Iterator[dict[str, Any]]:
    """What `*.items.jsonl` of a folder says of each item.

    Raises:
        Invalid: a line is none of an item.
    """
    for file in _some(folder, ITEMS):
        for number, line in enumerate(_read(file), start=1):
            yield _object(line, file, number)


def _object(line: str, file: Path, number: int) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(line)
        told["item_id"]
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(
            f"not an object with an item_id: {line[:60]!r}", where=f"{file}, line {number}", remedy="set the line right"
        ) from error
    return told


def _gaps(folder: Path, sizes: list[int]) -> list[list[int]]:
    """Seconds before each item of each line; the first says nothing."""
    file = _only(folder, "*.gap_seconds.txt*", GAPS)
    lines = _read(file)
    if len(lines) != len(sizes):
        raise Invalid(f"{len(lines)} lines for {len(sizes)} sequences", where=str(file), remedy="make them fit")
    return [_gap(line, size, f"{file}, line {n}") for n, (line, size) in enumerate(zip(lines, sizes, strict=True), 1)]


def _gap(line: str, size: int, where: str) -> list[int]:
    try:
        gap = [int(float(each)) for each in line.split()[1:]]
    except ValueError as error:
        raise Invalid(f"a gap is no number: {error}", where=where, remedy="a line is `user seconds …`") from error
    if len(gap) != size:
        raise Invalid(f"{len(gap)} gaps for {size} items", where=where, remedy="one for each item, the first of them 0")
    return gap


def _shuffled(lines: list[list[str]], gaps: list[list[int]], seed: int) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    shuffled = []
    for line, gap in zip(lines, gaps, strict=True):
        group = np.cumsum(np.array(gap, dtype=np.int64) > 0)
        shuffled.append([line[place] for place in np.lexsort((rng.random(len(line)), group))])
    return shuffled


def _read(file: Path) -> list[str]:
    """Lines with at least a name and an item; what is none is refused."""
    try:
        content = file.read_bytes()
        text = (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8")
        lines = [line.strip() for line in text.splitlines()]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise Invalid(f"it cannot be read: {error}", where=str(file), remedy="fetch the file again") from error
    lines = [line for line in lines if line]
    short = [number for number, line in enumerate(lines, start=1) if " " not in line and not line.startswith("{")]
    if ".sequences." in file.name and short:
        raise Invalid(
            f"a line holds no item: {lines[short[0] - 1][:60]!r}",
            where=f"{file}, line {short[0]}",
            remedy="a line is `user item item …`",
        )
    return lines


def _column(file: Path, name: str) -> pl.Series:
    try:
        return pl.read_parquet(file, columns=[name])[name]
    except (OSError, pl.exceptions.PolarsError) as error:
        raise Invalid(
            f"column '{name}' cannot be read: {error}", where=str(file), remedy="give a file that has it"
        ) from error


def _some(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted({file for pattern in patterns for file in folder.glob(pattern)})


def _only(folder: Path, said: str, patterns: tuple[str, ...]) -> Path:
    found = _some(folder, patterns)
    if len(found) != 1:
        there = ", ".join(file.name for file in found) or "none"
        raise Invalid(f"there must be exactly one {said}, found: {there}", where=str(folder), remedy="give --data DIR")
    return found[0]


def beside(folder: Path, *, gaps: bool = False) -> list[Path]:
    """The files that say more of a set: of its items, and, where these are read, of the times between."""
    return _some(folder, ITEMS + GAPS if gaps else ITEMS)


def print_of(files: Sequence[Path]) -> str:
    """What tells this set from another: a digest of its files."""
    digest = hashlib.blake2b(digest_size=8)
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
