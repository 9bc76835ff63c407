"""Which bundle serves, and what is said where the released one cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lingxi.app import live as module
from lingxi.app.live import Live
from lingxi.domain.change import Release
from lingxi.domain.errors import Incompatible, Unavailable


class Bundles:
    """Opens every bundle; that of `broken` does not load."""

    broken = "b"

    def open(self, name: str) -> tuple[Path, Any]:
        return Path(name), SimpleNamespace(id=name)


def load(folder: Path, manifest: Any, numbers: Mapping[str, int]) -> Any:
    """A bundle by its name."""
    if manifest.id == Bundles.broken:
        raise Incompatible("it has a runtime that there is not", where=manifest.id)
    return SimpleNamespace(manifest=manifest)


def test_back_at_the_one_that_serves_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a bundle that serves, when one is released that does not load, that is told and the first serves on; when
    the first is released again, nothing is wrong any more."""
    monkeypatch.setattr(module.LiveBundle, "load", load)

    async def story() -> None:
        live = Live(Bundles(), dict)  # type: ignore[arg-type]
        said = []
        for name in ("a", "b", "a"):
            live.release(Release(bundle=name, previous=None, forced=False, why="", by="test"))
            await live.settled()
            said.append((live.id, None if live.fault is None else live.fault.what))
        assert said == [("a", None), ("a", "it has a runtime that there is not"), ("a", None)]

    asyncio.run(story())


def test_what_could_not_be_had_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a place of models that does not answer at first, the released model serves once it does."""
    monkeypatch.setattr(module.LiveBundle, "load", load)
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    asked = list[str]()

    class Far(Bundles):
        def open(self, name: str) -> tuple[Path, Any]:
            asked.append(name)
            if len(asked) < 3:
                raise Unavailable("it does not answer")
            return super().open(name)

    async def story() -> None:
        live = Live(Far(), dict)  # type: ignore[arg-type]
        live.release(Release(bundle="a", previous=None, forced=False, why="", by="test"))
        await live.settled()
        assert live.fault is not None
        while live.id is None:
            await asyncio.sleep(0.01)
        assert (asked, live.fault) == (["a"] * 3, None)

    asyncio.run(asyncio.wait_for(story(), 10))
