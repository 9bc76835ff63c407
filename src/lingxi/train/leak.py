"""Leaks: what is learnt from must not hold what is to be foretold (promise 5). They are found and refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from lingxi.domain.errors import Invalid
from lingxi.domain.history import Interactions
from lingxi.metrics.auc import auc

SURE: Final = 0.999
"""No honest input tells what is bought, or is not, in so many of a thousand pairs."""


def check_acts(past: Interactions, until: int, validation: Interactions | None) -> None:
    """Whether a past ends where it should, and each shopper's before what they are asked for.

    Raises:
        Invalid: it does not.
    """
    if len(past) and (int(past.at.max()) >= until or int(past.received.max()) > until):
        raise Invalid(
            "a past reaches beyond its end", where=f"fit until {until}", remedy="cut it with Interactions.before"
        )
    if validation is None:
        return
    size = int(max(past.shopper.max(initial=-1), validation.shopper.max(initial=-1))) + 1
    last = np.full(size, np.iinfo(np.int64).min)
    first = np.full(size, np.iinfo(np.int64).max)
    known, asked = past.shopper >= 0, validation.shopper >= 0
    np.maximum.at(last, past.shopper[known], past.at[known])
    np.minimum.at(first, validation.shopper[asked], validation.at[asked])
    if (seen := int((last >= first).sum())) > 0:
        what = f"the past of {seen:,} shoppers reaches into what they are to be validated on"
        raise Invalid(
            what, where=f"fit until {until}", remedy="split both at one time of each shopper (train/split.py)"
        )


def check_inputs(
    inputs: Sequence[str], matrix: npt.NDArray[np.float32], bought: npt.NDArray[np.bool_], where: str
) -> None:
    """Whether one of the `inputs`, the columns of `matrix` float32[n, k], gives away what was `bought`, bool[n].

    Raises:
        Invalid: it does: it must have seen what came after the moment that it is of.
    """
    for column, name in enumerate(inputs):
        values = matrix[:, column]
        there = np.isfinite(values)
        told = auc(values[there], bought[there])
        if max(told, 1.0 - told) >= SURE:
            source = name.rpartition(" ")[2].partition(".")[0]
            raise Invalid(
                f"input '{name}' gives away what was bought (in {max(told, 1.0 - told):.2%} of all pairs): it has seen "
                "what came after",
                where=where,
                remedy=f"let features/{source}.py read only what happened before the moment it is asked at",
            )
