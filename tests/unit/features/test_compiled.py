"""Kernels are compiled with or without a disk to keep them on."""

from __future__ import annotations

from lingxi.features._compiled import compiled


def test_what_can_be_kept_nowhere_is_compiled_all_the_same():
    # given: a function of no file, for which there is no place to keep it
    made: dict = {}
    exec("def twice(x):\n    return 2 * x", made)  # noqa: S102
    # when
    twice = compiled(made["twice"])
    # then
    assert twice(21) == twice.py_func(21) == 42
