"""Every block: padding leaves no trace, nothing is seen of what comes later, and what is served is what was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from lingxi.nn.attention import Attention
from lingxi.nn.blocks import Block
from lingxi.nn.convolution import Dilated
from lingxi.nn.encoder import Encoder, Reading, Served
from lingxi.nn.frequency import Filtered
from lingxi.nn.hstu import Gated
from lingxi.nn.onnx import export_served
from lingxi.nn.pooling import Pooled
from lingxi.nn.recurrent import Recall, Recurrent
from lingxi.nn.scene import Scene
from lingxi.nn.smoothing import Smoothing

D = 16
BLOCKS: dict[str, Callable[[], Block]] = {
    "attention by places": lambda: Attention(D, 2, 0.1, places=4, times=False),
    "attention by ages": lambda: Attention(D, 2, 0.1, places=0, times=True),
    "filtered": lambda: Filtered(D, 2, 0.1, length=6, times=False, filter_share=0.5),
    "gated": lambda: Gated(D, 2, 0.1, length=6, times=True),
    "recurrent": lambda: Recurrent(D, 0.1),
    "recall": lambda: Recall(D, 0.1),
    "dilated": lambda: Dilated(D, 3, 2, 0.1),
    "pooled": lambda: Pooled(D, 3, 6, 0.1),
}
Inputs = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def made(name: str, times: bool = True) -> Encoder:
    """Two blocks of the kind, with weights that say something of order and time too."""
    torch.manual_seed(3)
    encoder = Encoder(Reading(D, 4, 0.1, times), [BLOCKS[name](), BLOCKS[name]()]).eval()
    for title, weight in encoder.named_parameters():
        if "near" in title or "fast" in title:
            torch.nn.init.normal_(weight)
    return encoder


def acts(size: int, batch: int = 2) -> Inputs:
    generator = torch.Generator().manual_seed(size)
    age = (torch.rand(batch, size, generator=generator) * 1e6).sort(descending=True).values
    kind = torch.randint(1, 4, (batch, size), generator=generator)
    return torch.randn(batch, size, D, generator=generator), kind, age, torch.ones(batch, size)


def padded(inputs: Inputs, by: int) -> Inputs:
    vectors, kind, age, real = inputs
    left = torch.nn.functional.pad
    return left(vectors, (0, 0, by, 0)), left(kind, (by, 0)), left(age, (by, 0)), left(real, (by, 0))


@pytest.mark.parametrize("name", BLOCKS)
def test_padding_leaves_no_trace(name: str) -> None:
    encoder, inputs = made(name), acts(5)

    alone = encoder(*inputs)

    torch.testing.assert_close(encoder(*padded(inputs, 3))[:, 3:], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", BLOCKS)
def test_nothing_is_seen_of_what_comes_later(name: str) -> None:
    encoder, (vectors, kind, age, real) = made(name), acts(6)
    other = vectors.clone()
    other[:, 4:] = 9.0

    before, after = encoder(vectors, kind, age, real), encoder(other, kind, age, real)

    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4], after[:, 4])


@pytest.mark.parametrize("times", [True, False])
@pytest.mark.parametrize("name", BLOCKS)
def test_onnx_serves_what_was_trained(name: str, times: bool, tmp_path: Path) -> None:
    """Given any number and length of histories, when ONNX Runtime reads them, then it says the same to 1e-5."""
    encoder = made(name, times)
    export_served(Served(encoder), D, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    for inputs in (acts(1, 1), acts(2, 3), padded(acts(7, 2), 2), acts(30, 1)):
        feed = dict(zip(("vectors", "kind", "age", "real"), (each.numpy() for each in inputs), strict=True))

        (served,) = session.run(None, feed)

        states = encoder(*inputs)[:, -1]
        np.testing.assert_allclose(served, encoder.ask_at(states, inputs[2][:, -1]).detach(), atol=1e-5)


def test_a_place_weighs_less_the_farther_it_is() -> None:
    scene = Scene(torch.zeros(1, 5), torch.tensor([[0.0, 1.0, 1.0, 1.0, 1.0]]))

    weights = Smoothing(2, 5).weights(scene)[0, :, -1]

    torch.testing.assert_close(weights.sum(dim=1), torch.ones(2))
    assert (weights[:, 0] == 0).all()
    assert (weights[:, 1:].diff(dim=1) > 0).all()
