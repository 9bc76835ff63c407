"""Where the time goes: spans by name, one within another, added up where somebody asks for it and nowhere else.

What is not watched costs a look at one variable a span. Threads that work for another begin where it stands (`here`,
`within`), so that their spans are found beneath its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, NamedTuple, TypeVar

Made = TypeVar("Made")
Path = tuple[str, ...]
"""The names of a span and of those around it, the outermost first."""
_own = threading.local()
_NOTHING: Final = nullcontext()
_watched: Profile | None = None


class Line(NamedTuple):
    """All spans of one `path` and thread: how many `times`, `seconds` in all, and `alone` without those within."""

    thread: str
    path: Path
    times: int
    seconds: float
    alone: float


@dataclass(slots=True)
class _Sum:
    times: int = 0
    total: int = 0
    inside: int = 0


@dataclass(slots=True)
class Profile:
    """Sums by thread and path, in nanoseconds."""

    sums: dict[tuple[str, Path], _Sum] = field(default_factory=dict)

    def add(self, thread: str, path: Path, spent: int) -> None:
        """One span ended."""
        mine = self.sums.setdefault((thread, path), _Sum())
        mine.times += 1
        mine.total += spent
        if len(path) > 1:
            self.sums.setdefault((thread, path[:-1]), _Sum()).inside += spent

    def lines(self) -> list[Line]:
        """What was added up, each span before those within it, in the order in which they first ended."""
        found = [
            Line(thread, path, sum_.times, sum_.total / 1e9, (sum_.total - sum_.inside) / 1e9)
            for (thread, path), sum_ in list(self.sums.items())
            if sum_.times
        ]
        first = {line.path: place for place, line in reversed(list(enumerate(found)))}
        return sorted(found, key=lambda line: [first.get(line.path[:n], -1) for n in range(1, len(line.path) + 1)])


class _Span:
    """One span of this thread."""

    __slots__ = ("before", "name", "profile", "since")

    def __init__(self, profile: Profile, name: str) -> None:
        self.profile, self.name = profile, name
        self.before: Path = ()
        self.since = 0

    def __enter__(self) -> None:
        self.before = here()
        _own.path = (*self.before, self.name)
        self.since = time.perf_counter_ns()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        spent = time.perf_counter_ns() - self.since
        self.profile.add(threading.current_thread().name, _own.path, spent)
        _own.path = self.before


def span(name: str) -> AbstractContextManager[None]:
    """What happens within it is counted under `name`, beneath the span that this thread is in."""
    return _NOTHING if _watched is None else _Span(_watched, name)


def watching() -> bool:
    """Whether spans are counted now."""
    return _watched is not None


def spanned(name: str, call: Callable[..., Made], *given: Any) -> Made:
    """What the call gives, as a span where spans are counted: for steps so short that a context would show."""
    if _watched is None:
        return call(*given)
    with _Span(_watched, name):
        return call(*given)


def here() -> Path:
    """Where this thread stands."""
    path: Path = getattr(_own, "path", ())
    return path


@contextmanager
def within(path: Path) -> Iterator[None]:
    """This thread works for another that stands at `path`."""
    before, _own.path = here(), path
    try:
        yield
    finally:
        _own.path = before


@contextmanager
def watched(tell: Callable[[Profile], None] = lambda _: None) -> Iterator[Profile]:
    """Counts spans, of all threads, until it ends, also by an error; then `tell` is told."""
    global _watched  # noqa: PLW0603 (one process has one training)
    profile = _watched = Profile()
    try:
        yield profile
    finally:
        _watched = None
        tell(profile)
