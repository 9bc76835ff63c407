"""A checkpoint of other features is no error: the log has it all."""

from __future__ import annotations

import logging

import pytest

from lingxi.domain.errors import Incompatible
from lingxi.features._feature import DAY
from lingxi.state.checkpoint import arrays_of, digest, state_of
from lingxi.state.state import State
from lingxi.workflows.fold import saved
from runs import Act, run_of


class Kept:
    """A checkpoint folder that holds one, and a log whose head it is."""

    leave_out = ()

    def __init__(self, state: State, features: object) -> None:
        self.arrays, about = arrays_of(state)
        self.about = about | {"features": features}
        self.seq = state.cursor

    def latest(self) -> tuple:
        return self.seq, self.arrays, self.about

    def head(self) -> int:
        return self.seq


def state() -> State:
    made = State.empty()
    made.apply(run_of([Act(0, "purchase", 1, DAY)]))
    return made


def schemas() -> dict[str, object]:
    now = arrays_of(state())[1]["features"]
    return {
        "a list of names": sorted(now),
        "a feature less": {name: kept for name, kept in now.items() if name != "rating"},
        "another column": now | {"rating": ["total:float64", "count:int64"]},
    }


@pytest.mark.parametrize("older", ["a list of names", "a feature less", "another column"])
def test_an_older_checkpoint_is_passed_over_and_the_log_folded_anew(older: str, caplog: pytest.LogCaptureFixture):
    # given
    kept = Kept(state(), schemas()[older])
    with pytest.raises(Incompatible):
        state_of(kept.arrays, kept.about)
    # when
    with caplog.at_level(logging.WARNING):
        begun = saved(kept, kept)
    # then
    assert begun.cursor == 0
    assert "folded anew" in caplog.text


def test_one_of_the_same_features_is_taken():
    kept = Kept(state(), arrays_of(state())[1]["features"])
    assert digest(saved(kept, kept)) == digest(state())
