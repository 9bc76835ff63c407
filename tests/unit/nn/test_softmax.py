"""The softmax in blocks: exact whatever the logits, in both precisions, for catalogues that fill blocks or do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lingxi.nn.softmax import COLUMNS, ROWS, Against


def case(places: int, items: int, scale: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(places + items)
    state, table = torch.randn(places, 8, generator=generator), torch.randn(items, 8, generator=generator)
    return state * scale, table, torch.randn(items, generator=generator)


@pytest.mark.parametrize("items", [3, COLUMNS, COLUMNS + 1])
@pytest.mark.parametrize("places", [1, ROWS + 1])
def test_it_is_the_softmax(places: int, items: int) -> None:
    state, table, bias = case(places, items, 1.0)
    logits = state @ table.T + bias
    share = torch.softmax(logits, dim=1)

    norms, d_state, d_table, d_bias = Against(table, bias, False).softmax(state, logits[:, 0].numpy())

    torch.testing.assert_close(norms, torch.logsumexp(logits, dim=1), atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(d_state, share @ table, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(d_table, share.T @ state, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(d_bias, share.sum(dim=0), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("low", [False, True])
def test_a_start_far_below_the_greatest_logit_is_raised(low: bool) -> None:
    """Given logits hundreds apart, and a place from which e^x would be infinite, the norm is the greatest of them."""
    state, table, bias = case(5, 40, 60.0)
    logits = state @ table.T + bias

    norms, d_state, _, _ = Against(table, bias, low).softmax(state, logits.min(dim=1).values.numpy())

    torch.testing.assert_close(norms, torch.logsumexp(logits, dim=1), atol=0.0, rtol=1e-2 if low else 1e-5)
    assert torch.isfinite(d_state).all()


def test_bfloat16_is_near() -> None:
    state, table, bias = case(300, 500, 1.0)
    near = np.zeros(300, np.float32)

    exact, low = (Against(table, bias, low).softmax(state, near) for low in (False, True))

    torch.testing.assert_close(low[0], exact[0], atol=2e-2, rtol=5e-3)
    assert float((low[1] - exact[1]).norm() / exact[1].norm()) < 0.01
    assert float((low[2] - exact[2]).norm() / exact[2].norm()) < 0.01
