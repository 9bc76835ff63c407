"""Takes a shop's log as the snapshot that is learnt from; says what it leaves out and whether it is enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from lingxi.domain.errors import NotEnoughData
from lingxi.domain.history import Goods, Interactions
from lingxi.ports.model import Watch
from lingxi.train import snapshot as snapshots
from lingxi.train.split import DAY
from lingxi.train.vectors import vectors_of
from lingxi.workflows.goods import goods_of, texts_of
from lingxi.workflows.people import people_of
from lingxi.workflows.workshop import Workshop

EVENTS, SHOPPERS, ITEMS = 100, 10, 10
"""Less than these of each is too little to learn from."""
VECTORS: Final = "vectors"
"""The folder of a shop that holds what encoders made of its items' texts."""


def take(
    shop: Workshop, folder: Path, watch: Watch, seq: int | None = None, until: int | None = None, *, text: bool = False
) -> snapshots.Snapshot:
    """The snapshot of the whole log, on disk while it is read, up to the last event and not beyond `now`; or of the log
    as it stood at `seq`, before `until` (µs UTC), to take one again; with what items' texts mean if `text` is read."""
    watch("snapshot", 0.0)
    seq = shop.log.head() if seq is None else seq
    acts = shop.log.interactions(seq, folder=folder).before(shop.now + 1 if until is None else until)
    acts = replace(acts, people=people_of(shop.catalog))
    since, until = (int(acts.at[0]), int(acts.at[-1]) + 1) if len(acts) else (0, 0)
    about = snapshots.About(seq=seq, since=since, until=until, marks=shop.log.marks(seq), left_out=shop.log.leave_out)
    whole = snapshots.Snapshot(about, acts, _goods(shop, watch, text))
    kept = whole.write(folder)
    watch("snapshot", 1.0, events=float(len(acts)))
    return snapshots.read(kept)


def _goods(shop: Workshop, watch: Watch, text: bool) -> Goods:
    goods = goods_of(shop.catalog)
    encoder = shop.encoder() if text else None
    if encoder is None:
        return goods
    texts = texts_of(shop.catalog, len(goods))
    return replace(goods, text=vectors_of(texts, encoder, shop.folder / VECTORS, watch))


def left_out(about: snapshots.About) -> str:
    """What a snapshot leaves out, in words."""
    by_mark = {
        mark: sum(count for marks, count in about.marks.items() if mark in marks.split(",")) for mark in about.left_out
    }
    gone = sum(count for marks, count in about.marks.items() if not set(about.left_out).isdisjoint(marks.split(",")))
    named = ", ".join(f"{mark} {count:,}" for mark, count in by_mark.items()) or "no mark is named"
    return f"Left out (cleaning.leave_out): {gone:,} of {sum(about.marks.values()):,} events: {named}."


def check(acts: Interactions, hold: int) -> None:
    """Checks that there is enough to fit, to blend and to judge.

    Raises:
        NotEnoughData: there is not; the remedy says how much is missing.
    """
    seen = acts.where((acts.item >= 0) & (acts.shopper >= 0))
    days = (int(seen.at[-1]) - int(seen.at[0])) / DAY if len(seen) else 0.0
    have = (len(seen), len(np.unique(seen.shopper)), len(np.unique(seen.item)))
    need = (("events", EVENTS), ("shoppers", SHOPPERS), ("items", ITEMS))
    missing = [f"{least - got} more {name}" for (name, least), got in zip(need, have, strict=True) if got < least]
    otherwise = ""
    if days < 3 * hold / DAY:
        otherwise = f", or set train.holdout_days = {days // 3:.0f} in lingxi.toml" if not missing and days >= 3 else ""
        missing.append(f"{3 * hold / DAY - days:.0f} more days (three times train.holdout_days)")
    if missing:
        raise NotEnoughData(
            f"too little to learn from: {have[0]} events with an item, of {have[1]} shoppers on {have[2]} items "
            f"in {days:.1f} days",
            where="the log",
            remedy="send " + ", ".join(missing) + " (POST /v1/events or lingxi import)" + otherwise,
        )
