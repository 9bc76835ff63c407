"""Readable names from the capitals and abbreviations of a till's product file."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_VAGUE: Final = frozenset(
    (
        *("adult", "all", "basic", "blends", "bowls", "bulk", "choice", "coarse", "cooked", "dry", "economy"),
        *("enhanced", "fresh", "fried", "grinds", "ground", "half", "halves", "international", "large", "lean"),
        *("light", "links", "mainstream", "medium", "mini", "mixes", "natural", "other", "pack", "patties"),
        *("premium", "prepacked", "primal", "raw", "regular", "rib", "ribs", "roasts", "seasonal", "select"),
        *("single", "sliced", "small", "smoked", "special", "standard", "steaks", "super", "thin", "traditional"),
        *("tray", "trays", "upscale", "utility", "value", "whole"),
    )
)
"""Words that name no product on their own."""
_SIZE: Final = re.compile(
    r"(?<![\d.])(\d{1,4}(?:\.\d+)?|\.\d+|\d{1,2} \d/\d)"
    r"\s*(FL OZ|SQ FT|OZ|LB|CT|ML|LT|L|PK|GAL|QT|PT|IN|KG|G|DZ|DOZ|ROLL)\b"
)
_UNITS: Final[dict[str, tuple[str, str]]] = {
    "FL OZ": ("fl oz", "液量盎司"),
    "SQ FT": ("sq ft", "平方英尺"),
    "OZ": ("oz", "盎司"),
    "LB": ("lb", "磅"),
    "CT": ("ct", "件装"),
    "ML": ("ml", "毫升"),
    "LT": ("l", "升"),
    "L": ("l", "升"),
    "PK": ("pack", "连包"),
    "GAL": ("gal", "加仑"),
    "QT": ("qt", "夸脱"),
    "PT": ("pt", "品脱"),
    "IN": ("in", "英寸"),
    "KG": ("kg", "千克"),
    "G": ("g", "克"),
    "DZ": ("dozen", "打"),
    "DOZ": ("dozen", "打"),
    "ROLL": ("rolls", "卷"),
}


@cache
def _spelled() -> dict[str, str]:
    """What a till's words and abbreviations mean; an empty text drops the word."""
    return {row[0]: row[1] for row in table("completejourney_words")}


def table(name: str) -> list[list[str]]:
    """The rows of a tab-separated file beside this one."""
    with (_HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def words(text: str) -> str:
    """ "FRZN BRD WHOLE FILLETS (16 OZ" → "Frozen breaded whole fillets"."""
    text = re.sub(r"\([^)]*\)?", " ", text).replace("&", " & ").replace("_", " ")
    parts = [part for part in re.split(r"[\s:]+|(?<=[A-Za-z])-(?=[A-Za-z])|\s-\s|/|,", text) if part.strip(" -.")]
    plain = [_spelled().get(part.strip(".-").lower(), part.strip(".-").lower()) for part in parts]
    joined = " ".join(word for word in plain if word).strip(" &")
    return joined[:1].upper() + joined[1:]


def title(kind: str, category: str) -> str:
    """A product's name from its type; with its category where the type alone says nothing ("Bacon, value")."""
    name = words(kind)
    told = {word for word in name.lower().split() if word not in _VAGUE and word.isalpha()}
    if told or not category:
        return name or category
    return f"{category}, {name.lower()}" if name else category


def size(text: str | None) -> tuple[str, str]:
    """A package's size in English and Chinese ("22 oz", "22 盎司"); empty where it says none that can be read."""
    found = _SIZE.search(text.upper()) if text else None
    if found is None:
        return "", ""
    number = found[1]
    if "." in number:
        number = f"{float(number):g}"
    english, chinese = _UNITS[found[2]]
    return ("", "") if number == "0" else (f"{number} {english}", f"{number} {chinese}")


def with_size(name: str, amount: str, comma: str) -> str:
    """ "Frozen pizza", "22 oz" → "Frozen pizza, 22 oz"."""
    return f"{name}{comma}{amount}" if amount else name
