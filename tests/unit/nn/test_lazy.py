"""Rows that a step does not see stay where they are; the others move as Adam moves them."""

from __future__ import annotations

import torch

from lingxi.nn.lazy import RowAdam


def test_touched_rows_move_as_adam_and_the_rest_not_at_all() -> None:
    torch.manual_seed(0)
    start = torch.randn(6, 3)
    lazy, plain = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    mine, theirs = RowAdam([lazy], 0.01, (0.9, 0.98)), torch.optim.SparseAdam([plain], 0.01, (0.9, 0.98))
    for rows in ([0, 2], [2, 5], [0, 5]):
        gradient, where = torch.randn(2, 3), torch.tensor(rows)
        mine.move([(lazy, where, gradient)])
        plain.grad = torch.sparse_coo_tensor(where[None], gradient, (6, 3))
        theirs.step()

    torch.testing.assert_close(lazy, plain)
    assert torch.equal(lazy[[1, 3, 4]], start[[1, 3, 4]])


def test_touched_rows_of_matrices_decay_first_and_vectors_do_not() -> None:
    """Given gradients of 0, a row that is touched loses rate × decay of itself; a bias loses nothing."""
    table, bias = torch.nn.Parameter(torch.ones(4, 2)), torch.nn.Parameter(torch.ones(4))
    mine = RowAdam([table, bias], 0.1, (0.9, 0.98), decay=0.5)

    mine.move([(table, torch.tensor([1]), torch.zeros(1, 2)), (bias, torch.tensor([1]), torch.zeros(1))])

    torch.testing.assert_close(table.detach()[:, 0], torch.tensor([1.0, 0.95, 1.0, 1.0]))
    assert torch.equal(bias, torch.ones(4))
