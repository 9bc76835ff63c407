"""The mean of a net's weights over its steps."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")


def followed(weights: list[float], every: int = 1):
    """A net of one number that went through `weights`, and its mean."""
    from lingxi.nn.average import Average

    net = torch.nn.Linear(1, 1, bias=False)
    average = Average(net)
    average.every = every
    for weight in weights:
        net.weight.data.fill_(weight)
        average.follow()
    average.catch_up()
    return net, average


def test_the_mean_weighs_late_steps_more() -> None:
    """Given weights of 40 steps, then the mean is that of Shamir and Zhang 2013: step s of t weighs in proportion to
    the product of s + 1 … s + 7."""
    path = np.random.default_rng(0).normal(size=40)

    _, average = followed(path.tolist())

    steps = np.arange(1, 41)[:, None] + np.arange(8)[None, :]
    shares = steps.prod(axis=1).astype(float)
    assert average.means["weight"].item() == pytest.approx(shares @ path / shares.sum(), abs=1e-6)


def test_a_large_net_is_taken_every_few_steps_and_at_the_end() -> None:
    path = np.linspace(0, 1, 101).tolist()

    _, seldom = followed(path, every=7)
    _, always = followed(path)

    assert float(seldom.means["weight"]) == pytest.approx(float(always.means["weight"]), abs=0.05)
    assert seldom.due == 0
    assert float(followed([3.0], every=64)[1].means["weight"]) == 3.0


def test_the_net_is_the_mean_while_it_is_held_and_goes_on_as_itself() -> None:
    net, average = followed([1.0, 2.0, 4.0])
    mean = average.means["weight"].item()

    with average.held():
        assert net.weight.item() == mean
    assert net.weight.item() == 4.0

    average.settle(None)
    assert net.weight.item() == mean
