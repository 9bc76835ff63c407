"""A feature is read as its scope says, and an error names the way where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from lingxi.domain.errors import Invalid, Unknown
from lingxi.features._feature import DAY
from lingxi.state.state import State
from runs import Act, run_of

NO = np.array([0], np.int32)


def state() -> State:
    """One purchase."""
    made = State.empty()
    made.apply(run_of([Act(0, "purchase", 1, DAY)]))
    return made


def test_a_feature_of_another_scope_is_refused_with_the_way_to_read_it():
    with pytest.raises(Invalid, match=r"'activity' is a feature of the scope shopper.*State.shopper_feature"):
        state().item_feature("activity.month", NO, DAY)
    with pytest.raises(Invalid, match=r"State.item_feature"):
        state().moment_feature("popularity.week", NO, DAY)


def test_what_there_is_not_is_told_with_what_there_is():
    with pytest.raises(Unknown, match="popularity"):
        state().item_feature("populrity.week", NO, DAY)
    with pytest.raises(Unknown, match="week"):
        state().item_feature("popularity.wek", NO, DAY)
