"""Which precision is fast on this machine: bfloat16 flies with AVX512-BF16 or AMX, and crawls without."""

from __future__ import annotations

from functools import cache
from pathlib import Path

CPU = Path("/proc/cpuinfo")
FAST = {"avx512_bf16", "amx_bf16"}


@cache
def bfloat16_is_fast() -> bool:
    """Whether the CPU has instructions for products in bfloat16.

    Told by its flags and not by a clock: workers that share a fit, and one that goes on with it, must find the same
    however busy the machine is.
    """
    try:
        told = CPU.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return not FAST.isdisjoint(told.split())
