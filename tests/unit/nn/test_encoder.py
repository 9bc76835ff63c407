"""The encoder: what is served is what was trained."""

from __future__ import annotations

import torch

from lingxi.nn.attention import Attention
from lingxi.nn.encoder import Encoder, Reading, Served


def test_what_is_served_is_the_newest_place_of_what_was_trained() -> None:
    """Given histories of two lengths, when the served net reads them, then it says what the whole one says of their
    last place: the last block leaves out only what nobody looks at."""
    torch.manual_seed(0)
    encoder = Encoder(Reading(16, 4, 0.1), [Attention(16, 2, 0.1, places=6, times=True) for _ in range(2)]).eval()
    for block in encoder.blocks:
        torch.nn.init.normal_(block.near.age.weight)
    vectors, kind = torch.randn(2, 6, 16), torch.randint(1, 4, (2, 6))
    age = torch.rand(2, 6).sort(descending=True).values * 1e6
    real = torch.tensor([[1.0] * 6, [0.0] * 3 + [1.0] * 3])

    whole = encoder.ask_at(encoder(vectors, kind, age, real)[:, -1], age[:, -1])

    assert torch.allclose(Served(encoder).eval()(vectors, kind, age, real), whole, atol=1e-5)
