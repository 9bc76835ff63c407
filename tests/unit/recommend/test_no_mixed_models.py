"""While models change, every slate is made by one of them: its encodings, its items and its index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from lingxi.domain.slate import Query, Slate
from lingxi.nearest.plan import Wanted
from lingxi.recommend.ahead import Ahead, ahead
from lingxi.recommend.because import Because
from lingxi.recommend.memory import Memory
from lingxi.recommend.moment import Moment
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.recommend.sources.sequence import SOURCE
from lingxi.runtimes import encoder_onnx
from made_encoder import MadeBundle, clustered, written
from small_shop import SmallShop

ITEMS, SHOPPERS, TURNS = 400, 6, 60
WIDTHS = {"one": 8, "two": 12, "three": 8}
"""Models that read histories into vectors of other widths, and of the same width with other vectors."""


@pytest.fixture(scope="module", params=["exact", "ivf_flat"])
def models(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SmallShop, list[MadeBundle]]:
    shop, bundles = SmallShop(), list[MadeBundle]()
    for number in range(ITEMS):
        shop.post(f"p{number}", title=f"Product {number}", category=f"Aisle {number % 5}", price=1.0 + number)
    ids = [f"p{number}" for number in range(ITEMS)]
    for seed, (name, width) in enumerate(WIDTHS.items()):
        folder, vectors = tmp_path_factory.mktemp(name), clustered(ITEMS, width, seed=seed)[0]
        component = written(folder, ids, vectors, np.zeros(ITEMS, np.float32), Wanted(kind=request.param, recall=0.9))
        loaded = encoder_onnx.load(folder, component, shop.state.items.number)
        bundles.append(MadeBundle({"sequence": loaded}, id=name))
    for user in range(SHOPPERS):
        for item in range(3):
            shop.send(f"u:{user}", "view", f"p{37 * user + 11 * item}")
    return shop, bundles


@dataclass(frozen=True)
class Answered:
    """A slate, and what a model has to do with it: what it proposed and how near that was, how it scored that among all
    candidates, and what its reasons would name."""

    slate: Slate
    of_model: tuple[list[int], list[float], list[float], list[Because]]


def answered(shop: SmallShop, bundle: MadeBundle, user: str, memory: Memory, began: Ahead | None = None) -> Answered:
    """The slate as a server makes it, with what `began` has made ahead of it."""
    if began is not None:
        began.held.update(began.run(reasons=True))
    query = Query(user=user, n=8)
    moment = Moment(query, Scene(shop.state, bundle, shop.now, shop.settings, memory))
    slate, trace = recommend(query, moment.scene, "r", moment=moment)
    proposal = trace.pool.proposals["sequence"]
    scores = dict(zip(trace.pool.items.tolist(), SOURCE.score(moment, trace.pool, "").tolist(), strict=True))
    scored = [scores[item] for item in proposal.items.tolist()]
    because = SOURCE.because(moment, proposal, list(range(len(proposal))))
    return Answered(slate, (proposal.items.tolist(), proposal.scores.tolist(), scored, because))


def test_a_slate_after_any_changes_of_model_is_what_its_model_alone_would_make(
    models: tuple[SmallShop, list[MadeBundle]],
) -> None:
    """Given shoppers who ask and act while models take turns, and encodings that one model began and a slate of another
    finds done, each names its model, and of that model's is all that any model has to do with it."""
    shop, bundles = models
    rng, met = np.random.default_rng(0), set[str]()
    bundle = bundles[0]
    for turn in range(TURNS):
        user = str(rng.integers(SHOPPERS))
        scene = Scene(shop.state, bundle, shop.now, shop.settings, shop.memory)
        began = ahead(Query(user=user, n=8), scene)
        if rng.random() < 0.3:
            shop.send(f"u:{user}", "view", f"p{rng.integers(ITEMS)}")
        if rng.random() < 0.6:
            bundle = bundles[rng.integers(len(bundles))]
        told = answered(shop, bundle, user, shop.memory, began if turn % 2 else None)
        assert told.slate.model == bundle.id
        assert told.of_model == answered(shop, bundle, user, Memory()).of_model
        met.add(bundle.id)
    assert met == set(WIDTHS)
