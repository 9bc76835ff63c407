"""Steps and what slates are made of are counted as plain numbers."""

from __future__ import annotations

import pytest

from lingxi.domain.slate import Query
from lingxi.recommend.counts import Counts
from lingxi.recommend.stages import STAGES, deafen, listen, stage
from small_shop import grocer


@stage("a step of this test")
def step(fails: bool) -> int:
    """A step that may fail."""
    if fails:
        raise ValueError("no")
    return 7


def test_a_step_is_counted_by_the_power_of_two_that_it_took_and_told_to_who_listens() -> None:
    """Given a step taken twice, once in vain, both count, and a listener hears of both as long as it listens."""
    heard: list[tuple[str, int, int]] = []

    def hear(name: str, since: int, until: int) -> None:
        heard.append((name, since, until))

    listen(hear)
    assert step(False) == 7
    with pytest.raises(ValueError, match="no"):
        step(True)
    deafen(hear)
    step(False)
    counted = STAGES["a step of this test"]
    assert sum(counted.counts) == 3
    assert len(heard) == 2
    spent = [until - since for _, since, until in heard]
    assert all(counted.counts[each.bit_length()] for each in spent)
    assert counted.nanoseconds >= sum(spent)


def test_picks_proposals_and_removals_add_up() -> None:
    """Given three slates, one too short, the picks by source are all that was shown, and a filter's removals are those
    of the records."""
    shop, counts = grocer(), Counts()
    shop.post("p1", title="Product 1", category="Food > Aisle 1", price=1.0, stock=0)
    slates = [shop.ask(query) for query in (Query(user="ann"), Query(user="s3"), Query(user="ann", price_max=4.5))]
    for (slate, trace), n in zip(slates, (20, 20, 20), strict=True):
        counts.add(slate, trace, n)
    records = [trace.record() for _, trace in slates]
    assert sum(counts.picked.values()) == sum(len(slate.picks) for slate, _ in slates)
    assert counts.proposed == {
        name: sum(record.proposed.get(name, 0) for record in records)
        for name in {name for record in records for name in record.proposed}
    }
    removed = {name: sum(len(record.removed.get(name, ())) for record in records) for name in counts.removed}
    assert dict(counts.removed) == removed
    assert counts.removed["out_of_stock"] >= 1
    assert (counts.short, counts.empty) == (1, 0)
