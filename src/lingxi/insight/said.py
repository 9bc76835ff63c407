"""Sentences in English and Chinese, and how figures are written in them."""

from __future__ import annotations

from datetime import date
from typing import Final

from msgspec import Struct

PERCENT: Final = "\N{NO-BREAK SPACE}%"


class Sentence(Struct, frozen=True):
    """The same said in two languages."""

    en: str
    zh: str

    def __add__(self, other: Sentence) -> Sentence:
        """One after the other; Chinese needs no space between."""
        return Sentence(f"{self.en} {other.en}", f"{self.zh}{other.zh}")


def count(number: float) -> str:
    """A number of things: 1,460,487."""
    return f"{number:,.0f}"


def amount(number: float) -> str:
    """A quantity that may be small, in about three digits: 0.25, 3.4, 127."""
    size = abs(number)
    if size >= 100:
        return f"{number:,.0f}"
    return f"{number:,.1f}".removesuffix(".0") if size >= 10 else f"{number:.3g}"


def share(part: float) -> str:
    """A share as a percentage: 82 %, 0.4 %, 99.2 %, and never 0 % or 100 % for what is not."""
    if part <= 0 or part >= 1:
        return f"{part:.0%}".replace("%", PERCENT)
    if part < 0.001:
        return f"< 0.1{PERCENT}"
    if part > 0.999:
        return f"> 99.9{PERCENT}"
    return (f"{part:.1%}" if part < 0.1 or part > 0.9 else f"{part:.0%}").replace("%", PERCENT)


def part_of(part: float, whole: float) -> float:
    """A part of a whole; nothing of nothing is 0."""
    return part / whole if whole else 0.0


def plural(number: float, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 day, 12 days."""
    return f"{count(number)} {one if round(number) == 1 else many or one + 's'}"


def day_of(days: int) -> str:
    """A day as people write it, of days since 1970."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + days).isoformat()
