"""Where the time of a training went: a table, and a file that flame graphs are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from lingxi import spans
from lingxi.cli._print import as_table, console

FILE: Final = "training.speedscope.json"
"""In the shop's folder; made anew by each training that is profiled."""
SCHEMA: Final = "https://www.speedscope.app/file-format-schema.json"
WHOLE: Final = "lingxi train"


@contextmanager
def profiled(folder: Path, *, wanted: bool, silent: bool) -> Iterator[None]:
    """Where it is `wanted`, what happens within is counted; at its end, also by an error, the file is written and the
    table printed, unless `silent`."""
    if not wanted:
        yield
        return

    def told(profile: spans.Profile) -> None:
        lines = profile.lines()
        (folder / FILE).write_bytes(msgspec.json.encode(flame(lines)))
        if not silent:
            as_table(("where", "times>", "seconds>", "alone>", "share>"), rows(lines), title="where the time went")
            console().print(f"as a flame graph: open {folder / FILE} in https://www.speedscope.app", markup=False)

    with spans.watched(told), spans.span(WHOLE):
        yield


def rows(lines: Sequence[spans.Line]) -> Iterator[tuple[str, str, str, str, str]]:
    """A row for each span, those of all threads together, indented beneath the one that it is in. The shares are of the
    whole time that passed: what several threads did at once adds up to more."""
    paths = list(dict.fromkeys(line.path for line in lines))
    whole = max((line.seconds for line in lines if len(line.path) == 1), default=0.0)
    for path in paths:
        same = [line for line in lines if line.path == path]
        seconds, alone = sum(line.seconds for line in same), sum(line.alone for line in same)
        name = "  " * (len(path) - 1) + path[-1]
        yield (
            name,
            f"{sum(line.times for line in same):,}",
            f"{seconds:,.2f}",
            f"{alone:,.2f}",
            f"{_share(alone, whole)}",
        )


def flame(lines: Sequence[spans.Line], name: str = WHOLE) -> dict[str, Any]:
    """The speedscope file: a profile a thread, in which each stack weighs the time that is spent in it alone."""
    names = list(dict.fromkeys(name for line in lines for name in line.path))
    number = {name: place for place, name in enumerate(names)}
    return {
        "$schema": SCHEMA,
        "exporter": "lingxi",
        "name": name,
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": name} for name in names]},
        "profiles": [_thread(thread, lines, number) for thread in dict.fromkeys(line.thread for line in lines)],
    }


def _thread(thread: str, lines: Sequence[spans.Line], number: dict[str, int]) -> dict[str, Any]:
    own = [line for line in lines if line.thread == thread]
    weights = [max(line.alone, 0.0) for line in own]
    return {
        "type": "sampled",
        "name": thread,
        "unit": "seconds",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": [[number[name] for name in line.path] for line in own],
        "weights": weights,
    }


def _share(seconds: float, whole: float) -> str:
    return f"{seconds / whole:.0%}" if whole > 0 else ""
