"""The sequence model: what the net computes is what is served, and targets lie in the future."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from learning_shop import DAY, START, goods_of, interactions, two_tastes
from lingxi.domain.event import KIND_CODE
from lingxi.domain.history import History, Interactions
from lingxi.models._goal import Aim
from lingxi.models._learner import Learner
from lingxi.models._moments import Batches, Moments, prepare
from lingxi.models.sequence import Config, build
from lingxi.nearest.allowed import Allowed
from lingxi.runtimes import encoder_onnx

NOW = START + 30 * DAY
SMALL = Config(epochs=6, width=16, layers=2, length=8, threads=1)
GOODS = goods_of(20)


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


def every(past: Interactions) -> list[Aim]:
    """Each act is a target."""
    return [Aim(1.0, np.ones(len(past), dtype=np.float32))]


def aimed_at(moments: Moments) -> list[list[int]]:
    """The rows that each moment aims at, of the one goal that there is."""
    (goal,) = moments.goals
    return [sorted(goal.row[low:high].tolist()) for low, high in zip(goal.first, goal.stop, strict=True)]


@pytest.fixture(scope="module")
def fitted() -> Learner:
    model = build(SMALL, seed=1)
    model.fit(two_tastes(), GOODS, NOW, None, silent)
    return model


@pytest.fixture(scope="module")
def encoder(fitted: Learner, tmp_path_factory: pytest.TempPathFactory) -> encoder_onnx.Encoder:
    folder = tmp_path_factory.mktemp("bundle")
    component = fitted.export(folder, "sequence")
    return encoder_onnx.load(folder, component, {each: number for number, each in enumerate(GOODS.ids)})


def test_the_runtime_equals_the_net(fitted: Learner, encoder: encoder_onnx.Encoder) -> None:
    """Given every shopper's history, ONNX Runtime and torch give the same scores to 1e-4."""
    past = two_tastes()
    rows = past.item.astype(np.int64)
    moments = prepare(past, rows, fitted.reads.number(past), every(past), 14.0)
    batches = Batches(moments, SMALL.length, 4096, 16, 0.0)
    starts = np.searchsorted(moments.shopper, np.arange(60), side="left")
    ends = np.searchsorted(moments.shopper, np.arange(60), side="right")
    first = int(past.at.min())
    assert fitted.net is not None

    torch_scores = fitted.net.score(batches.newest(ends, starts, np.full(60, (NOW - first) // 1000)))

    everything = np.arange(20, dtype=np.int32)
    for shopper in range(60):
        mine = past.where(past.shopper == shopper)
        served = encoder.score(History(mine.at, mine.item, mine.kind), NOW, everything)
        np.testing.assert_allclose(served, torch_scores[shopper], atol=1e-4)


def test_a_batch_of_histories_is_each_of_them(encoder: encoder_onnx.Encoder) -> None:
    """Given histories of unlike length, encoding them at once is encoding them one by one."""
    past = two_tastes()
    mine = past.where(past.shopper == 5)
    histories = [History(mine.at[:size], mine.item[:size], mine.kind[:size]) for size in (0, 1, 4, len(mine))]

    together = encoder.encode_many(histories, NOW)

    alone = np.stack([encoder.encode(history, NOW) for history in histories])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_kind_never_met_moves_the_encoding(encoder: encoder_onnx.Encoder) -> None:
    """Given a log of purchases only, a shopper's first view of an odd item raises the odd items."""
    view = np.array([KIND_CODE["view"]], dtype=np.int8)
    everything = np.arange(20, dtype=np.int32)
    at = np.array([NOW - 60_000_000])

    seen_low = encoder.score(History(at, np.array([3], dtype=np.int32), view), NOW, everything)
    seen_high = encoder.score(History(at, np.array([13], dtype=np.int32), view), NOW, everything)

    assert seen_low[:10].mean() - seen_low[10:].mean() > seen_high[:10].mean() - seen_high[10:].mean()


def test_a_mask_keeps_items_out(encoder: encoder_onnx.Encoder) -> None:
    """Given a mask by item number, only what it allows is proposed."""
    vector = encoder.encode(History(*(np.empty(0, kind) for kind in (np.int64, np.int32, np.int8))), NOW)
    mask = np.zeros(15, dtype=bool)
    mask[[3, 12]] = True

    items, _ = encoder.top(vector, 10, Allowed(mask))

    assert set(items.tolist()) == {3, 12}


def test_targets_are_strictly_later() -> None:
    """Given baskets on days 0, 3 and 20, day 0 aims at day 3 and not at itself, day 3 at nothing within 14 days."""
    past = interactions([(0, 1, 0), (0, 2, 0), (0, 3, 3), (0, 4, 20), (1, 5, 1)])
    moments = prepare(past, past.item.astype(np.int64), np.full(5, 2), every(past), 14.0)

    aims = aimed_at(moments)

    assert aims == [[3], [], [], []]


def test_without_a_horizon_the_next_moment_is_the_aim() -> None:
    """Given baskets on days 0, 3 and 20, day 0 aims at all of day 3, day 3 at day 20, and nothing at other shoppers."""
    past = interactions([(0, 1, 0), (0, 2, 3), (0, 3, 3), (0, 4, 20), (1, 5, 30)])
    moments = prepare(past, past.item.astype(np.int64), np.full(5, 2), every(past), 0.0)

    aims = aimed_at(moments)

    assert aims == [[2, 3], [4], [], []]


def test_every_place_is_learnt_at_once_an_epoch() -> None:
    """Given windows with context, an epoch's places are all baskets that something follows, each once."""
    past = two_tastes(shoppers=7)
    moments = prepare(past, past.item.astype(np.int64), np.full(len(past), 2), every(past), 14.0)
    batches = Batches(moments, 4, 64, 16, 0.2)

    batch_sizes = [len(batch.place) for batch in batches.epoch(np.random.default_rng(0))]

    assert sum(batch_sizes) == batches.places()


def test_hidden_items_are_read_as_unknown_while_training_alone() -> None:
    """Given a share of hidden items, about so many lines of an epoch are the unknown row, and none of an exam's."""
    past = two_tastes()
    moments = prepare(past, past.item.astype(np.int64), np.full(len(past), 2), every(past), 14.0)
    batches = Batches(moments, 8, 256, 16, 0.0, hidden=0.25, unknown=20)

    rows = np.concatenate([batch.row for batch in batches.epoch(np.random.default_rng(0))])
    asked = batches.newest(np.array([5]), np.array([0]), np.array([int(moments.at[4])]))

    assert abs((rows == 20).mean() - 0.25) < 0.05
    assert (asked.row < 20).all()


def test_early_stopping_finds_the_epochs() -> None:
    """Given validation days, fit returns how many epochs to train without them, and the curve of each."""
    whole = two_tastes()
    cut = START + 20 * DAY
    future = whole.where(whole.at >= cut)

    found = build(SMALL, seed=0).fit(whole.before(cut), GOODS, cut, future, silent)

    assert 1 <= found["epochs"] <= SMALL.epochs
    assert all({"loss", "recall", "seconds"} <= set(each) for each in found["curve"])


def test_one_seed_one_model() -> None:
    """Given the same past and seed, training again gives the same net."""
    past = two_tastes(shoppers=20)
    nets = []
    for _ in range(2):
        model = build(SMALL, seed=4)
        model.fit(past, GOODS, NOW, None, silent)
        assert model.net is not None
        nets.append(model.net.state_dict())

    assert all(torch.equal(nets[0][name], nets[1][name]) for name in nets[0])
