"""Which precision nets are fitted in."""

from __future__ import annotations

from pathlib import Path

import pytest

from lingxi.nn import precision


@pytest.mark.parametrize(
    ("told", "fast"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile\n", True),
        ("flags\t\t: fpu avx2 amx_bf16\n", True),
        ("flags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16\n", False),
    ],
)
def test_the_flags_of_the_processor_tell_and_no_clock(
    told: str, fast: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given what a processor says of itself, the answer follows from it alone."""
    file = tmp_path / "cpuinfo"
    file.write_text(told, encoding="ascii")
    monkeypatch.setattr(precision, "CPU", file)
    assert precision.bfloat16_is_fast.__wrapped__() is fast


def test_a_system_that_says_nothing_keeps_to_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "CPU", tmp_path / "absent")
    assert precision.bfloat16_is_fast.__wrapped__() is False
