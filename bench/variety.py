"""What variety costs: each reranker, freshness and exploration at rising strength, against NDCG.

Protocol: `home` of the demo's shop at the cut of `demo_quality.py`, with the model that a training would serve (seed
0), one slate of 20 a shopper; relevant are the distinct items bought in the two weeks after the cut. All strengths
arrange the same scored candidates. NDCG@10 by the ideal list; diversity is the share of pairs of different categories,
apart 1 − cosine of the model's vectors, miscalibration the bits off the shopper's own shares of categories, all at 10;
coverage is of the catalogue, young the share of picks first sold in the last four weeks. Exploration: `tried` is the
share of all places that exploration gave to little known items, `items` how many different ones; NDCG also at 20, where
most such places lie. An item is as new as its first sale: the data do not say when it came in. Repetition is not
measured: they tell no impressions.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from _curves import curves
from _report import ROOT, finish, settings
from demo_quality import CUT, home_bundle, log_of_the_shop

from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Recipe
from lingxi.domain.history import Goods
from lingxi.domain.slate import Query
from lingxi.metrics import ranking
from lingxi.metrics.calibration import miscalibration
from lingxi.metrics.coverage import coverage
from lingxi.metrics.diversity import diversity
from lingxi.metrics.interval import paired
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.parts import Floats, Ints
from lingxi.recommend.pipeline import candidates, scorer_of, surface_of
from lingxi.recommend.rerankers._likeness import unit
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.recommend.varied import vary
from lingxi.train.beyond import Known, known_of
from lingxi.train.split import DAY, Split, Truth, split
from lingxi.workflows.judge import Court, court_of
from lingxi.workflows.replay import user_of

N, K = 20, 10
YOUNG_DAYS = 28.0
STRENGTHS = (0.02, 0.05, 0.1, 0.2, 0.4)
TOLD = 0.1
"""The strength that the page tells in figures."""
SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
WAYS: dict[str, dict[str, Any]] = {
    "mmr": {"reranker": "mmr"},
    "mmr_vectors": {"reranker": "mmr", "likeness": "vectors"},
    "dpp": {"reranker": "dpp"},
    "dpp_vectors": {"reranker": "dpp", "likeness": "vectors"},
    "calibrated": {"reranker": "calibrated"},
}
PLAIN: dict[str, Any] = {"reranker": "none", "repetition": 0.0, "freshness": 0.0}
Way = tuple[str, float]
"""How slates are varied, and how strongly."""
PLAIN_WAY: Way = ("plain", 0.0)


@dataclass
class Judge:
    """What slates are measured against; `vectors` of all items are of length 1, `young` says which are new."""

    truth: Truth
    known: Known
    vectors: Floats
    young: npt.NDArray[np.bool_]
    catalogue: int

    def ndcg(self, picks: list[Ints], k: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """NDCG at k of each shopper."""
        sizes = np.array([len(each) for each in self.truth.items])
        return ranking.ndcg(ranking.mark(picks, self.truth.items, k), sizes, k)

    def row(self, way: Way, picks: list[Ints], plain: list[Ints]) -> dict[str, Any]:
        """All figures of some slates; `lost` is the paired difference of NDCG to the `plain` ones, with bounds."""
        lost = paired(self.ndcg(picks, K), self.ndcg(plain, K), rounds=1000)
        figures = {
            "ndcg": np.nanmean(self.ndcg(picks, K)),
            "lost": lost.estimate,
            "lost_low": lost.low,
            "lost_high": lost.high,
            "diversity": np.nanmean(diversity(picks, K, self.known.category)),
            "apart": np.mean([self._apart(each[:K]) for each in picks]),
            "miscalibration": np.nanmean(miscalibration(picks, K, self.known.before, self.known.category)),
            "coverage": coverage(picks, K, self.catalogue),
            "young": np.mean([self.young[each[:K]].mean() for each in picks]),
        }
        rounded = {name: round(float(value), 4) for name, value in figures.items()}
        name, strength = way
        return {"name": f"{name}_{round(strength * 100)}", "way": name, "strength": strength, **rounded}

    def _apart(self, items: Ints) -> float:
        vectors = self.vectors[items]
        pairs = len(items) * (len(items) - 1)
        alike = float(np.square(vectors.sum(axis=0)).sum()) - float(np.square(vectors).sum())
        return 1.0 - alike / max(pairs, 1)


def swept(court: Court, bundle: LiveBundle, proposed: Settings, every: dict[Way, Settings]) -> dict[Way, list[Ints]]:
    """The slates of all shoppers under each of the settings, which share the candidates of `proposed`."""
    surface, found = surface_of("home"), {way: [] for way in every}
    scene = Scene(court.state, bundle, court.at, proposed, Memory(), court.timezone)
    for shopper in court.truth.shopper.tolist():
        moment = Moment(Query(user=user_of(shopper), n=N), scene)
        pool, code = candidates(moment, surface)
        stayed = np.flatnonzero(code == 0)
        items, scores = pool.items[stayed], scorer_of(surface).score(moment, pool, surface).total[stayed]
        every_one = np.ones(len(items), np.bool_)
        for way, chosen in every.items():
            moment.settings = chosen
            varied = vary(moment, surface, items, scores, every_one)
            order = varied.best(varied.there)
            found[way].append(items[varied.shown(order, order, every_one).shown])
    return found


def reranked(court: Court, bundle: LiveBundle, judge: Judge) -> Iterator[dict[str, Any]]:
    """A row for the plain order, and one for each reranker and for freshness at each strength."""
    plain = Settings(**PLAIN)
    every = {PLAIN_WAY: plain}
    for strength in STRENGTHS:
        for way, chosen in WAYS.items():
            every[way, strength] = Settings(**PLAIN | chosen, diversity=strength, calibration=strength)
        every["freshness", strength] = Settings(**PLAIN | {"freshness": strength})
    found = swept(court, bundle, plain, every)
    return (judge.row(way, picks, found[PLAIN_WAY]) for way, picks in found.items())


def explored(court: Court, bundle: LiveBundle, judge: Judge) -> Iterator[dict[str, Any]]:
    """A row for each explorer at each share, 0 too."""
    every = {
        (explorer, share): Settings(**PLAIN, explorer=explorer, explore_share=share)
        for explorer in ("epsilon", "thompson")
        for share in (0.0, *SHARES)
    }
    found = swept(court, bundle, every["epsilon", 0.0], every)
    plain = found["epsilon", 0.0]
    for way, picks in found.items():
        brought = np.concatenate([np.setdiff1d(shown, ranked) for shown, ranked in zip(picks, plain, strict=True)])
        yield {
            **judge.row(way, picks, plain),
            "ndcg_20": round(float(np.nanmean(judge.ndcg(picks, N))), 4),
            "tried": round(len(brought) / (N * len(picks)), 4),
            "items": len(np.unique(brought)),
        }


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shoppers", type=int, default=1000, help="how many are asked, spread evenly; 0: all")
    parser.add_argument("--minutes", type=float, default=0.8, help="budget of the model's fit, where none is kept")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads of the fit")
    options = parser.parse_args()
    told = settings(shoppers=options.shoppers, minutes=options.minutes, seed=0, cut=CUT, n=N)
    acts, goods = log_of_the_shop()
    goods = replace(goods, since=np.zeros_like(goods.since))
    early, late = split(acts, CUT + 1 - 14 * DAY, 14), split(acts, CUT + 1)
    recipe = Recipe(model="sequence", settings={"minutes": options.minutes, "threads": options.threads}, seed=0)
    bundle = home_bundle(recipe, early, court_of(early, goods), late, goods)
    late = replace(late, truth=_some(late.truth, options.shoppers))
    court = court_of(late, goods)
    judge = judge_of(late, court, bundle, goods)
    rows = [*reranked(court, bundle, judge), *explored(court, bundle, judge)]
    report(rows)
    _draw(rows)
    finish("variety", told, {"shoppers": len(late.truth), "rows": _told(rows), "curves": _curves(rows)})


def _some(truth: Truth, most: int) -> Truth:
    """As many shoppers of the truth, evenly spread; all with 0."""
    places = np.unique(np.linspace(0, len(truth) - 1, most or len(truth)).astype(int))
    return Truth(truth.shopper[places], [truth.items[k] for k in places], [truth.new[k] for k in places])


def judge_of(late: Split, court: Court, bundle: LiveBundle, goods: Goods) -> Judge:
    """What slates at the cut are measured against."""
    items = np.arange(len(goods), dtype=np.int32)
    young = court.state.item_feature("item_age.days", items, court.at) < YOUNG_DAYS
    known = known_of(late.past, court.histories, late.truth, goods)
    return Judge(late.truth, known, _vectors(bundle, items), young, len(goods))


def _vectors(bundle: LiveBundle, items: Ints) -> Floats:
    encoder = bundle.runtimes["sequence"]
    return unit(encoder.vectors[encoder.items.rows(items)])


def report(rows: list[dict[str, Any]]) -> None:
    """Prints the table."""
    keys = ("ndcg", "lost", "lost_low", "lost_high", "diversity", "apart", "miscalibration", "coverage", "young")
    print(f"\n{'':>20} {'':>5}  " + "  ".join(f"{key:>9.9}" for key in keys) + "    ndcg_20  tried  items")
    for row in rows:
        more = "".join(f"  {row[key]:>7}" for key in ("ndcg_20", "tried", "items") if key in row)
        print(f"{row['way']:>20} {row['strength']:>5}  " + "  ".join(f"{row[key]:9.4f}" for key in keys) + more)


def _draw(rows: list[dict[str, Any]]) -> None:
    """The picture of it: each way begins at the slate without it."""
    plain = rows[0]
    start = [{**plain, "way": way} for way in (*WAYS, "freshness")]
    panels = (
        ("diversity", "share of pairs of different categories", list(WAYS)),
        ("apart", "1 − cosine of the model's vectors", list(WAYS)),
        ("miscalibration", "bits off the shopper's own shares (less is better)", list(WAYS)),
        ("coverage", "share of the catalogue that is shown", list(WAYS)),
        ("young", "share of picks first sold within four weeks", ["freshness"]),
        ("tried", "share of places that little known items get", ["epsilon", "thompson"]),
    )
    picture = curves([*start, *rows[1:]], panels)
    (ROOT / "docs" / "images" / "variety.svg").write_text(picture, encoding="utf-8")


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one strength, and the one without any: enough for a page."""
    return [
        {key: value for key, value in row.items() if key not in ("way", "strength")}
        for row in rows
        if row["strength"] == TOLD or row["way"] == PLAIN_WAY[0]
    ]


def _curves(rows: list[dict[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Every figure at every strength, as a list for each way."""
    curves_: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        for key, value in row.items():
            if key not in ("name", "way"):
                curves_.setdefault(row["way"], {}).setdefault(key, []).append(value)
    return curves_


if __name__ == "__main__":
    sys.exit(main())
