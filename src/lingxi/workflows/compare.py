"""Two models side by side: what they are made of, what each measured, and whether the figures may be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from lingxi.domain.bundle import Judgement, Manifest

SAME: Final = "measured on the same days, shoppers and rankings: the figures may be compared"
DAY: Final = 86_400_000_000


class Figure(Struct, frozen=True):
    """One figure of a ranking at a cut-off: `a`, `b`, and what b has more."""

    ranking: str
    cutoff: str
    metric: str
    a: float
    b: float
    difference: float


class Comparison(Struct, frozen=True, kw_only=True):
    """What differs between two models.

    `recipe` and `facts` hold what is not equal, as (a, b). `comparable` says whether both were measured on the same
    days and shoppers; `why` says why not. A difference here has no interval: the gate's judgement has one.
    """

    a: str
    b: str
    comparable: bool
    why: str
    recipe: dict[str, tuple[Any, Any]]
    facts: dict[str, tuple[Any, Any]]
    figures: list[Figure]
    verdicts: tuple[str, str]


def compare(a: Manifest, b: Manifest) -> Comparison:
    """Compares two bundles by what their manifests say."""
    why = _apart(a.judged, b.judged)
    return Comparison(
        a=a.id,
        b=b.id,
        comparable=not why,
        why=why or SAME,
        recipe=_unequal(_recipe(a), _recipe(b)),
        facts=_unequal(_facts(a), _facts(b)),
        figures=_figures(a.metrics, b.metrics),
        verdicts=(_verdict(a.judged), _verdict(b.judged)),
    )


def _apart(a: Judgement | None, b: Judgement | None) -> str:
    """Why two measurements may not be compared; nothing where they may."""
    if a is None or b is None:
        return "one of them was never judged"
    if (a.since, a.until) != (b.since, b.until):
        shift = abs(a.until - b.until) / DAY
        return f"measured on other days (ends {shift:.1f} days apart): a difference may be the days'"
    if a.shoppers != b.shoppers:
        return f"measured on other shoppers ({a.shoppers:,} and {b.shoppers:,})"
    return ""


def _recipe(manifest: Manifest) -> dict[str, Any]:
    recipe = manifest.recipe
    return {"model": recipe.model, "seed": recipe.seed, "features": list(recipe.features), **recipe.settings}


def _facts(manifest: Manifest) -> dict[str, Any]:
    components = {f"component {each.name}": each.runtime for each in manifest.components}
    size = sum(file.bytes for file in manifest.files.values())
    first, last = manifest.fit
    return {"bytes": size, "fitted from": first, "fitted until": last, "seq": manifest.seq, **components}


def _unequal(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)}


def _figures(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Figure]:
    """Every figure that both have: (ranking, cut-off, metric)."""
    found: list[Figure] = []
    for ranking in (name for name in a if name in b):
        one, other = (msgspec.to_builtins(each[ranking]) for each in (a, b))
        for cutoff in (k for k in one if k in other):
            pairs = ((name, one[cutoff][name], other[cutoff].get(name)) for name in one[cutoff])
            found += [
                Figure(ranking, cutoff, name, float(x), float(y), float(y) - float(x))
                for name, x, y in pairs
                if isinstance(x, (int, float)) and isinstance(y, (int, float))
            ]
    return found


def _verdict(judged: Judgement | None) -> str:
    if judged is None:
        return "not judged"
    against = judged.champion or "no model"
    return f"{'passed' if judged.passed else 'refused'} against {against}: {judged.reason}"
