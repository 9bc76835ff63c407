"""Losses against what torch computes plainly."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from lingxi.nn.losses import sampled, whole_catalogue
from lingxi.nn.softmax import Against


def problem() -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    state = torch.randn(600, 8, requires_grad=True)
    table = torch.randn(50, 8, requires_grad=True)
    bias = torch.randn(50, requires_grad=True)
    targets = torch.randint(0, 50, (600, 3))
    weights = torch.tensor([[0.5, 0.3, 0.2]]).repeat(600, 1)
    return state, table, bias, targets, weights


def plain(state: torch.Tensor, table: torch.Tensor, bias: torch.Tensor, targets: torch.Tensor, w: torch.Tensor):
    logs = functional.log_softmax(state @ table.T + bias, dim=1)
    return -(logs.gather(1, targets) * w).sum(dim=1).mean()


def test_the_whole_loss_and_its_gradients_are_exact() -> None:
    """Given more places than a block holds, value and gradients equal the plain cross-entropy's."""
    state, table, bias, targets, weights = problem()
    wanted = torch.autograd.grad(plain(state, table, bias, targets, weights), (state, table, bias))

    value = whole_catalogue(state, table, bias, targets, weights, Against(table, bias, False))

    assert float(value) == pytest.approx(float(plain(state, table, bias, targets, weights)), abs=1e-5)
    for got, expected in zip(torch.autograd.grad(value, (state, table, bias)), wanted, strict=True):
        torch.testing.assert_close(got, expected, atol=1e-6, rtol=1e-4)


def test_in_bfloat16_it_is_near() -> None:
    """Given the low precision, the loss is the same to a few thousandths."""
    state, table, bias, targets, weights = problem()

    low = float(whole_catalogue(state, table, bias, targets, weights, Against(table, bias, True)))

    assert low == pytest.approx(
        float(whole_catalogue(state, table, bias, targets, weights, Against(table, bias, False))), rel=5e-3
    )


def test_a_sample_of_everything_is_the_whole() -> None:
    """Given one target a place and all rows drawn with certainty, the sampled loss is the whole one."""
    state, table, bias, targets, _ = problem()
    one, weight = targets[:, :1], torch.ones(600, 1)

    value = sampled(state, table, bias, one, weight, torch.arange(50), torch.zeros(50), low=False)

    assert float(value) == pytest.approx(float(plain(state, table, bias, one, weight)), abs=1e-5)


def by_hand(state, table, bias, targets, weights, drawn, chance):
    """Of each target against what was drawn, without the place's own targets."""
    logits = (state @ table[drawn].T + bias[drawn] - chance).masked_fill(
        (drawn[None, None] == targets[:, :, None]).any(dim=1), float("-inf")
    )
    positive = torch.einsum("md,mtd->mt", state, table[targets]) + bias[targets]
    others = torch.logsumexp(logits, dim=1, keepdim=True)
    return ((torch.logaddexp(others, positive) - positive) * weights).sum(dim=1).mean()


@pytest.mark.parametrize("size", [1.0, 30.0])
def test_the_sampled_loss_and_its_gradients_are_exact(size: float) -> None:
    """Given logits of any size, several targets and some of them drawn, they equal what the formula says."""
    state, table, bias, targets, weights = problem()
    given = [(state * size).detach().requires_grad_(), table, bias]
    drawn, chance = torch.arange(0, 50, 3), torch.linspace(-4.0, 0.0, 17)
    plainly = by_hand(*given, targets, weights, drawn, chance)

    value = sampled(*given, targets, weights, drawn, chance, low=False)

    assert float(value.detach()) == pytest.approx(float(plainly.detach()), rel=1e-4)
    wanted = torch.autograd.grad(plainly, given)
    for got, expected in zip(torch.autograd.grad(value, given), wanted, strict=True):
        torch.testing.assert_close(got, expected, atol=1e-5 * size, rtol=1e-3)


def test_a_place_whose_sample_is_its_own_target_has_nothing_to_lose() -> None:
    state, table, bias, targets, _ = problem()
    one, weight = targets[:, :1] * 0, torch.ones(600, 1)

    value = sampled(state, table, bias, one, weight, torch.tensor([0]), torch.zeros(1), low=False)

    assert float(value.detach()) == pytest.approx(0.0, abs=1e-6)
    assert all(float(each.abs().max()) < 1e-6 for each in torch.autograd.grad(value, (state, table, bias)))


def test_the_sampled_loss_in_bfloat16_is_near() -> None:
    state, table, bias, targets, weights = problem()
    given = (state, table, bias, targets, weights, torch.arange(0, 50, 3), torch.zeros(17))

    low, high = (float(sampled(*given, low=low).detach()) for low in (True, False))

    assert low == pytest.approx(high, rel=5e-3)


def test_the_correction_takes_out_how_often_a_row_is_drawn() -> None:
    """Given samples that favour some rows, the mean sampled loss is near the whole one, as without favour."""
    state, table, bias, targets, _ = problem()
    one, weight = targets[:, :1], torch.ones(600, 1)
    rng = np.random.default_rng(1)
    share = np.linspace(1, 4, 50) / np.linspace(1, 4, 50).sum()
    log_chance = np.log(-np.expm1(40 * np.log1p(-share)))

    values = []
    for _ in range(40):
        drawn = torch.from_numpy(np.unique(rng.choice(50, size=40, p=share)))
        chance = torch.from_numpy(log_chance).float()[drawn]
        values.append(float(sampled(state, table, bias, one, weight, drawn, chance, low=False)))

    assert np.mean(values) == pytest.approx(float(plain(state, table, bias, one, weight)), rel=0.05)
