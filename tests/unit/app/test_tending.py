"""An index is built anew beside the loop once a twentieth of its rows has changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from lingxi.app.tending import Tending
from lingxi.deploy.load import LiveBundle
from lingxi.domain.bundle import Manifest, Recipe
from lingxi.nearest.plan import Wanted
from made_encoder import clustered, written

ROWS = 400
VECTORS, QUERIES = clustered(ROWS)


def bundle(folder: Path) -> LiveBundle:
    """A bundle with an index, loaded."""
    ids = {f"i{row}": row for row in range(ROWS)}
    component = written(folder, list(ids), VECTORS, np.zeros(ROWS, np.float32), Wanted(kind="ivf_flat"))
    recipe = Recipe(model="made", settings={})
    manifest = Manifest(
        format=1, id="b", shop="default", created=0, recipe=recipe, components=(component,), seq=1, fit=(0, 1)
    )
    return LiveBundle.load(folder, manifest, ids)


def test_few_changes_leave_the_index_and_many_renew_it(tmp_path: Path) -> None:
    """Given new items, nothing happens up to 5 %; beyond that a new main part has them, and what comes later."""
    live = bundle(tmp_path)
    encoder = live.runtimes["sequence"]
    first = encoder.near

    def post(start: int, count: int) -> None:
        vectors = np.repeat(QUERIES[:1] * 9, count, axis=0)
        encoder.near.put(np.arange(start, start + count, dtype=np.int32), vectors, np.zeros(count, np.float32))

    async def story() -> None:
        tending = Tending()
        tending.consider(None)
        post(ROWS, 20)
        tending.consider(live)
        await tending.settled()
        assert encoder.near is first

        post(ROWS + 20, 10)
        tending.consider(live)
        await asyncio.sleep(0)
        post(ROWS + 30, 1)
        await tending.settled()

    asyncio.run(story())

    assert encoder.near is not first
    assert len(encoder.near.vectors) == ROWS + 30
    assert encoder.near.index.plan.rows == ROWS + 30
    assert not encoder.near.due
    assert set(encoder.top(QUERIES[0], 31)[0].tolist()) == set(range(ROWS, ROWS + 31))
