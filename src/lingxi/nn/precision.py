"""Which precision is fast on this machine: bfloat16 flies with AVX512-BF16 or AMX, and crawls without."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import torch


@cache
def bfloat16_is_fast() -> bool:
    """Whether the CPU has instructions for bfloat16 and a product of 256 × 64 × 4096 is faster with them."""
    return _has_instructions() and _seconds(torch.bfloat16) < 0.8 * _seconds(torch.float32)


def _has_instructions() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _seconds(kind: torch.dtype) -> float:
    """The fastest of five products."""
    left, right = torch.ones(256, 64, dtype=kind), torch.ones(64, 4096, dtype=kind)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        torch.mm(left, right)
        best = min(best, time.perf_counter() - start)
    return best
