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


def test_steps_taken_in_together_count_as_many_of_the_last() -> None:
    """Given weights taken in every seventh step, then the mean is that of a net which stood still in between, and what
    is left at the end is taken in too."""
    path = np.linspace(0, 1, 101).tolist()

    _, seldom = followed(path, every=7)
    _, always = followed([path[min(7 * (step // 7) + 6, 100)] for step in range(101)])

    assert seldom.means["weight"].item() == pytest.approx(always.means["weight"].item(), abs=1e-6)
    assert seldom.due == 0
    assert followed([3.0], every=64)[1].means["weight"].item() == 3.0


def test_the_net_is_the_mean_for_a_while_and_goes_on_as_itself() -> None:
    net, average = followed([1.0, 2.0, 4.0])
    mean, kept = average.means["weight"].item(), average.copy()

    with average.as_mean():
        assert net.weight.item() == mean
    assert net.weight.item() == 4.0

    net.weight.data.fill_(7.0)
    average.follow()
    average.settle(None)
    assert mean < net.weight.item() < 7.0
    average.settle(kept)
    assert net.weight.item() == mean
