"""Whether reasons are true: does a pick's score fall more without the act that its reason names than without another?

The demo's shop at the cut of `bench/demo_quality.py`, with its model. Every second shopper has just looked at three of
the items that they bought afterwards. Each gets a `home` slate; of the picks with a personal reason some are drawn. The
state is then made anew, once without all acts of each shopper on the item that their reason names first, and once
without those on a random other item of their history, and the pipeline's total of the same pick is read again. The
model's calls are timed bare, beside each other: one encode, and what leaving out costs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from _report import finish, settings
from demo_quality import CUT, court_of, home_bundle, log_of_the_shop

from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Recipe
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import Goods, Interactions
from lingxi.domain.slate import Pick, Query
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import ACTS, hour_of, read_at
from lingxi.recommend.moved import moved_by
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.state.state import State
from lingxi.train.split import DAY, Split, split
from lingxi.workflows.replay import state_at, user_of

N: Final = 20
LOOKS: Final = 3
SECOND: Final = 1_000_000
ITSELF: Final = ("own", "buy_again", "recently_viewed")
"""Sources whose reasons are about the shopper's acts on the picked item itself."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A pick with a personal reason: numbers of the shopper, the item, the item named first and a random other."""

    source: str
    shopper: int
    item: int
    named: int
    other: int
    score: float


def with_looks(late: Split) -> Interactions:
    """The past, and what every second shopper has just looked at."""
    rows = [
        (shopper, int(item), CUT - SECOND * (LOOKS - place))
        for shopper, items in list(zip(late.truth.shopper.tolist(), late.truth.items, strict=True))[::2]
        for place, item in enumerate(items[:LOOKS])
    ]
    past = late.past
    many = past.where(np.zeros(len(rows), dtype=np.int64))
    columns = {name: column.copy() for name, column in many.columns().items()}
    columns["shopper"][:], columns["item"][:], columns["at"][:] = np.array(rows).T
    columns["received"][:] = columns["at"]
    columns["tie"][:] = np.arange(len(rows))
    columns["kind"][:] = KIND_CODE["view"]
    whole = {name: np.concatenate([column, columns[name]]) for name, column in past.columns().items()}
    order = np.lexsort((whole["tie"], whole["at"]))
    return Interactions.of({name: column[order] for name, column in whole.items()}, past.people)


class Shop:
    """The demo's shop with some acts left out, and its slates."""

    def __init__(self, state: State, bundle: LiveBundle) -> None:
        self.scene = Scene(state, bundle, CUT, memory=Memory())

    def totals(self, shopper: int) -> tuple[Any, dict[int, float]]:
        """A shopper's picks, and the total of every candidate by its number."""
        slate, trace = recommend(Query(user=user_of(shopper), n=N), self.scene)
        scores = zip(trace.pool.items.tolist(), trace.scores.total.tolist(), strict=True)
        return slate.picks, dict(scores)


def claims_of(shop: Shop, shoppers: Sequence[int], rng: np.random.Generator, said: dict[str, int]) -> list[Claim]:
    """One claim a shopper: of the sources that claim anything one is drawn, then one of its picks. `said` counts what
    all reasons are."""
    state, found = shop.scene.state, []
    for shopper in shoppers:
        picks, totals = shop.totals(shopper)
        view = state.shopper(user_of(shopper), None)
        had = np.unique(view.history(ACTS).item) if view is not None else np.empty(0, np.int32)
        by_source: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for pick in picks:
            item, named = state.items.number[pick.item], named_by(pick, state)
            said[pick.source if named >= 0 else f"{pick.source}_unnamed"] += 1
            if named >= 0 and (had >= 0).sum() > 1:
                by_source[pick.source].append((item, named))
        if by_source:
            source = sorted(by_source)[rng.integers(len(by_source))]
            item, named = by_source[source][rng.integers(len(by_source[source]))]
            other = int(rng.choice(had[(had != named) & (had >= 0)]))
            found.append(Claim(source, shopper, item, named, other, totals[item]))
    return found


def named_by(pick: Pick, state: State) -> int:
    """The number of the item whose acts the pick's reason names first; −1 where it names none."""
    if pick.source in ITSELF:
        return state.items.number[pick.item]
    return state.items.number[pick.reason.items[0]] if pick.reason.items else -1


def falls(
    claims: Sequence[Claim], gone: Callable[[Claim], int], past: Interactions, goods: Goods, bundle: LiveBundle
) -> Iterator[float]:
    """By how much each claimed pick's total is lower without the shopper's acts on one item: infinite where it is no
    candidate any more."""
    pairs = np.array([each.shopper * len(goods) + gone(each) for each in claims])
    kept = past.where(~np.isin(past.shopper.astype(np.int64) * len(goods) + past.item, pairs))
    shop = Shop(state_at(kept, goods), bundle)
    for each in claims:
        _, totals = shop.totals(each.shopper)
        yield each.score - totals.get(each.item, -np.inf)


def faithful(
    past: Interactions, goods: Goods, bundle: LiveBundle, shoppers: Sequence[int], rounds: int
) -> dict[str, Any]:
    """The share of claims whose named act matters more than a random other, by source and in all."""
    shop, rng = Shop(state_at(past, goods), bundle), np.random.default_rng(0)
    won, said = defaultdict(list), defaultdict(int)
    for _ in range(rounds):
        claims = claims_of(shop, shoppers, rng, said)
        without = falls(claims, lambda each: each.named, past, goods, bundle)
        others = falls(claims, lambda each: each.other, past, goods, bundle)
        for each, named, other in zip(claims, without, others, strict=True):
            won[each.source].append((named > other, named > 0))
    every = [each for some in won.values() for each in some]
    rows = [{"name": name, **_shares(some)} for name, some in sorted(won.items())]
    total = sum(said.values())
    return {**_shares(every), "sources": rows, "said": {name: round(n / total, 4) for name, n in sorted(said.items())}}


def _shares(some: list[tuple[bool, bool]]) -> dict[str, float]:
    more, falls_ = np.mean(np.array(some), axis=0)
    return {"claims": len(some), "more_than_another": round(float(more), 4), "falls": round(float(falls_), 4)}


def claimed_of_guests(state: State, bundle: LiveBundle) -> int:
    """Personal reasons in the slate of who never did anything."""
    slate, _ = recommend(Query(session="nobody", n=N), Scene(state, bundle, CUT, memory=Memory()))
    return sum(named_by(pick, state) >= 0 for pick in slate.picks)


def costs(state: State, bundle: LiveBundle, shoppers: Sequence[int]) -> dict[str, float]:
    """Medians over shoppers in µs, taken in turns: an encode, the product with the catalogue, what leaving out adds."""
    encoder = bundle.runtimes["sequence"]
    views = [state.shopper(user_of(shopper), None) for shopper in shoppers]
    histories = [view.history(ACTS) for view in views if view is not None]
    taken: dict[str, list[float]] = defaultdict(list)
    for history in histories:
        now = read_at(history, hour_of(None, None, CUT), CUT)
        vector = encoder.encode(history, now)
        works = {
            "encode": lambda h=history, at=now: encoder.encode(h, at),
            "top": lambda v=vector: encoder.top(v, 200),
            "leave_out": lambda h=history, at=now: moved_by(encoder, h, at),
        }
        for name, work in works.items():
            work()
            started = time.perf_counter()
            work()
            taken[name].append((time.perf_counter() - started) * 1e6)
    medians = {f"{name}_us": round(float(np.median(each)), 1) for name, each in taken.items()}
    ratio = np.median(np.array(taken["leave_out"]) / np.array(taken["encode"]))
    return {**medians, "leave_out_in_encodes": round(float(ratio), 2)}


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0.8, help="budget of the model's fit")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads of the fit")
    parser.add_argument("--shoppers", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3, help="claims drawn of each shopper")
    options = parser.parse_args()
    told = settings(**vars(options), seed=0, cut=CUT)
    acts, goods = log_of_the_shop()
    early, late = split(acts, CUT + 1 - 14 * DAY, 14), split(acts, CUT + 1)
    recipe = Recipe(model="sequence", settings={"minutes": options.minutes, "threads": options.threads}, seed=0)
    bundle = home_bundle(recipe, early, court_of(early, goods), late, goods)
    past = with_looks(late)
    shoppers = late.truth.shopper.tolist()[: options.shoppers]
    found = faithful(past, goods, bundle, shoppers, options.rounds)
    state = state_at(past, goods)
    found |= {"of_guests": claimed_of_guests(state, bundle), **costs(state, bundle, shoppers[:200])}
    for name, value in found.items():
        print(f"{name:>24}  {value}")
    finish("reasons", told, found)


if __name__ == "__main__":
    sys.exit(main())
