"""`lingxi profile`: where the time of a slate goes, for real requests and for made-up ones."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lingxi.backends.log.sqlite import open_log
from lingxi.backends.slates.sqlite import open_slates
from lingxi.cli.main import run
from lingxi.cli.profile import PICTURE, SPEEDSCOPE
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.slate import Pick, Query, Reason, Slate
from lingxi.ports.slates import SlateRow
from small_shop import START


class Now:
    """A clock that stands."""

    def now(self) -> int:
        """Always the same."""
        return START


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of a small shop."""
    assert run(["init", "--home", str(tmp_path)]) == 0
    folder = tmp_path / "shops" / "default"
    log = open_log(folder)
    log.append([Proposal(Item(id=f"p{n}", title=f"Thing {n}", category=f"C{n % 3}"), START) for n in range(30)])
    views = [Event(id=f"e{n}", kind="view", user=f"u{n % 4}", item=f"p{n}", at=START + n) for n in range(20)]
    log.append([Proposal(event, START + 100) for event in views])
    log.close()
    return folder


def profiled(folder: Path, capsys: pytest.CaptureFixture[str], *asked: str) -> dict[str, object]:
    """What the command says as JSON."""
    capsys.readouterr()
    assert run(["profile", "--home", str(folder.parent.parent), "--json", *asked]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_shop_without_slates_is_profiled_by_made_up_requests(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a shop that nobody asked yet, every step of a slate is in the table, the picture and the file."""
    assert run(["profile", "--home", str(shop.parent.parent), "--slates", "12"]) == 0
    told = capsys.readouterr().out
    assert "12 slates for made-up requests, model none" in told
    for step in ("look ahead", "sources", "recently_viewed", "join", "sift", "hidden", "score", "order", "reasons"):
        assert step in told
    picture = (shop / PICTURE).read_text()
    ET.fromstring(picture)  # noqa: S314 (our own)
    assert "reasons: " in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert json.loads((shop / SPEEDSCOPE).read_bytes())["name"] == "lingxi profile"


def test_the_newest_requests_are_answered_once_more(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given slates of which the newest was asked on a surface that is no more, those that can be answered are."""
    slates = open_slates(shop, 30, Now())
    picks = (Pick("p3", 1.0, "popular", Reason("popular")),)
    asked = (Query(), Query(), Query(surface="similar", items=("p3",)), Query(surface="a surface of old"))
    slates.put(
        [
            SlateRow(
                at=START + n,
                user=f"u{n}",
                session=None,
                slate=Slate(f"0199-{n}", query.surface, None, 1, picks),
                query=query,
            )
            for n, query in enumerate(asked)
        ]
    )
    slates.close()
    found = profiled(shop, capsys, "--slates", "3")
    assert found["real"] is True
    assert found["slates"] == 2
    steps = found["steps"]
    assert isinstance(steps, list)
    assert steps[0]["path"] == ["slate"]
    assert steps[0]["times"] == 2
    assert sum(step["share"] for step in steps) == pytest.approx(1.0, abs=0.01)


def test_an_empty_shop_is_profiled_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--home", str(tmp_path)]) == 0
    assert run(["profile", "--home", str(tmp_path), "--slates", "3"]) == 0
    assert "3 slates for made-up requests, model none" in capsys.readouterr().out
