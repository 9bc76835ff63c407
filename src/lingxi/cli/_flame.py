"""A flame picture of spans as one SVG file that needs nothing else: a box's width is its share of the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from lingxi.spans import Line, Path

WIDTH: Final = 1200.0
HEIGHT: Final = 22
LETTER: Final = 7.0
"""Width of a letter, near enough to tell whether a name fits into its box."""
COLOURS: Final = ("#e4572e", "#f3a712", "#a8c686", "#669bbc", "#29335c")


def flame(lines: Sequence[Line], title: str) -> str:
    """The picture. The spans of all threads stand together, each beneath the one that it is in."""
    seconds: dict[Path, float] = {}
    for line in lines:
        seconds[line.path] = seconds.get(line.path, 0.0) + line.seconds
    whole = sum(spent for path, spent in seconds.items() if len(path) == 1)
    depth = max((len(path) for path in seconds), default=1)
    boxes = "".join(_boxes(seconds, (), 0.0, WIDTH / whole if whole else 0.0, whole))
    height = (depth + 1) * HEIGHT
    style = "text{font:12px sans-serif;fill:#111}rect{stroke:#fff}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height}" role="img">'
        f'<style>{style}</style><text x="4" y="15">{escape(title)}</text>{boxes}</svg>\n'
    )


def _boxes(seconds: Mapping[Path, float], above: Path, left: float, scale: float, whole: float) -> Iterator[str]:
    """The boxes of the spans right beneath `above`, and all that lie in them."""
    for path, spent in seconds.items():
        if len(path) != len(above) + 1 or path[: len(above)] != above:
            continue
        width, top = spent * scale, len(path) * HEIGHT
        name, colour = escape(path[-1]), COLOURS[sum(map(ord, path[-1])) % len(COLOURS)]
        told = f"{name}: {spent / whole:.1%}"
        shown = name if len(path[-1]) * LETTER < width else ""
        yield (
            f'<g><title>{told}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HEIGHT}" '
            f'fill="{colour}" fill-opacity=".75"/><text x="{left + 4:.1f}" y="{top + 15}">{shown}</text></g>'
        )
        yield from _boxes(seconds, path, left, scale, whole)
        left += width
