"""Dropout from one's own generator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import torch

from lingxi.nn import dropout


def drawn(*numbers: int) -> torch.Tensor:
    dropout.seed(*numbers)
    return dropout.drop(torch.ones(400, 100), 0.25, training=True)


def test_it_drops_its_share_and_makes_up_for_it() -> None:
    x = drawn(1)

    assert abs(float((x == 0).float().mean()) - 0.25) < 0.01
    assert abs(float(x.mean()) - 1.0) < 0.02
    assert torch.equal(dropout.drop(torch.ones(3), 0.25, training=False), torch.ones(3))


def test_what_a_thread_drops_follows_from_its_numbers_alone() -> None:
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda number: drawn(7, number), range(8)))

    assert all(torch.equal(each, drawn(7, number)) for number, each in enumerate(together))
    assert not torch.equal(together[0], together[1])
