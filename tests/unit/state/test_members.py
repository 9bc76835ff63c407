"""The items of a category are those that the catalogue says, however often it changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingxi.state import _members
from lingxi.state._members import Members

CHANGES = st.lists(st.tuples(st.integers(0, 29), st.integers(-1, 4), st.booleans()), max_size=60)


@settings(deadline=None)
@given(CHANGES, st.integers(1, 4))
def test_a_category_holds_what_the_column_says(changes: list[tuple[int, int, bool]], few: int) -> None:
    """Given items that come, change and go between any looks at any category, each look is a look through all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_members, "FEW", few)
        members, column = Members(), np.full(0, -1, np.int32)
        for item, category, looks in changes:
            if item >= len(column):
                column = np.append(column, np.full(item + 1 - len(column), -1, np.int32))
            if column[item] != category:
                column[item] = category
                members.changed(item, len(column))
            if looks:
                for each in range(6):
                    np.testing.assert_array_equal(members.of(each, column), np.flatnonzero(column == each))
