"""From a log on disk to the report and its page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from lingxi.app.desk import Desk
from lingxi.cli.main import run
from lingxi.config import Settings
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from looked_at import DAY, FIRST, fill


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with that shop."""
    folder = tmp_path_factory.mktemp("home")
    fill(folder)
    return folder


def asked(home: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    """What `lingxi inspect --json` prints."""
    assert run(["inspect", "--home", str(home), "--json", *options]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def refused(home: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """The line that says why it cannot be done."""
    assert run(["inspect", "--home", str(home), *options]) in (2, 3)
    line = capsys.readouterr().err
    assert line.count("\n") == 1, line
    return line


def test_json_holds_every_figure_of_every_subject(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(home, capsys)
    subjects = {each["name"]: each for each in found["subjects"]}
    # every third of ten shoppers is there every day: 4, 3, 3
    visits = 24 * 4 + 23 * 3 + 23 * 3
    assert found["kinds"] == {"view": 2 * visits, "purchase": visits}
    assert subjects["visits"]["figures"]["visits"] == visits
    assert subjects["baskets"]["figures"]["baskets"] == visits
    assert subjects["volume"]["figures"]["days"] == 70
    # all ten buy the same thing again and again
    assert subjects["repeats"]["figures"]["recent_share"] == 1.0
    assert subjects["repeats"]["figures"]["share"] == pytest.approx((visits - 10) / visits)
    assert "buy again first" in found["advice"][0]["do"]["en"] + found["advice"][1]["do"]["en"]
    assert subjects["missing"]["figures"]["events"]["view"]["query"] == 0.5
    rules = {each["rule"]: each for each in found["rules"]}
    assert (rules["price_zero"]["effect"], rules["kind_unknown"]["effect"]) == ("marked", "held")
    assert len(rules["price_zero"]["examples"]) == 3
    assert msgspec.json.decode(rules["price_zero"]["examples"][0], type=Event).kind == "purchase"


def test_the_figures_do_not_depend_on_the_order_in_which_events_came(home: Path, tmp_path: Path) -> None:
    with Desk(home, Settings(), "default") as desk:
        changes = list(desk.parts.log.changes(0, 10_000))
    with Desk(tmp_path, Settings(), "default") as desk:
        desk.parts.log.append([Proposal(each.entry, each.received, each.marks) for each in reversed(changes)])
        from lingxi.insight.look import look
        from lingxi.insight.picture import About
        from lingxi.workflows.inspect import picture

        turned = look(picture(desk.parts.log, desk.parts.quarantine, About(), desk.parts.log.head()))
    with Desk(home, Settings(), "default") as desk:
        straight = look(picture(desk.parts.log, desk.parts.quarantine, About(), desk.parts.log.head()))
    for one, other in zip(straight, turned, strict=True):
        if one.name != "cleaning":
            assert one.figures == other.figures, one.name


def test_people_read_counts_sentences_and_what_follows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "--home", str(home)]) == 0
    english = capsys.readouterr().out
    for words in ("What follows", "price_zero", "Visits and histories", "buy again first"):
        assert words in english
    assert run(["inspect", "--home", str(home), "--zh", "--against", "28d"]) == 0
    chinese = capsys.readouterr().out
    for words in ("由此得出", "复购", "对比", "随机波动"):
        assert words in chinese


@pytest.mark.parametrize(
    ("options", "before", "now"),
    [
        (["--against", "28d"], ("2024-01-15", "2024-02-11"), ("2024-02-12", "2024-03-10")),
        (["--against", "2024-01-01..2024-01-31"], ("2024-01-01", "2024-01-31"), ("2024-02-01", "2024-03-10")),
        (
            ["--against", "2024-01-01..2024-01-07", "--period", "2024-03-01.."],
            ("2024-01-01", "2024-01-07"),
            ("2024-03-01", "2024-03-10"),
        ),
        (
            ["--against", "7d", "--period", "2024-02-05..2024-02-11"],
            ("2024-01-29", "2024-02-04"),
            ("2024-02-05", "2024-02-11"),
        ),
        (
            ["--against", "seq:13..42", "--period", "seq:43..72"],
            ("2024-01-01", "2024-01-03"),
            ("2024-01-04", "2024-01-06"),
        ),
    ],
)
def test_two_parts_of_a_log_are_compared(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    before: tuple[str, str],
    now: tuple[str, str],
) -> None:
    found = asked(home, capsys, *options)["against"]
    assert (found["before"]["first_day"], found["before"]["last_day"]) == before
    assert (found["now"]["first_day"], found["now"]["last_day"]) == now
    assert found["before"]["events"] > 0
    names = {each["name"] for each in found["drifts"]}
    assert names >= {"kinds", "hours", "prices", "popularity", "categories", "basket_lines", "visit_acts", "repeats"}
    assert all(each["measure"] in ("PSI", "KS") for each in found["drifts"])


def test_a_part_of_the_log_is_looked_at_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(home, capsys, "--period", "2024-02-01..2024-02-07")
    figures = {each["name"]: each["figures"] for each in found["subjects"]}
    assert (figures["volume"]["first_day"], figures["volume"]["days"]) == ("2024-02-01", 7)
    # what was bought before is remembered
    assert figures["repeats"]["share"] == 1.0


def test_two_imports_are_compared_as_two_shops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given: last year's file in one shop, this year's in another, in which everything costs ten times as much
    fill(tmp_path, "last", days=30)
    fill(tmp_path, "this", days=30, price=20.0)
    found = asked(tmp_path, capsys, "--shop", "this", "--against", "shop:last")["against"]
    levels = {each["name"]: each["level"] for each in found["drifts"]}
    assert (levels["prices"], levels["basket_value"]) == ("strong", "strong")
    assert {levels[name] for name in ("kinds", "hours", "popularity", "categories")} == {"chance"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--against", "yesterday"], "28d"),
        (["--against", "2024-02-30..2024-03-01"], "no such day"),
        (["--against", "2024-03-01..2024-02-01"], "earlier day first"),
        (["--period", "2030-01-01.."], "the log goes from 2024-01-01 to 2024-03-10"),
        (["--against", "0d"], "no period"),
        (["--against", "2024-01-01..2024-02-01", "--period", "2024-01-20..2024-02-20"], "do not overlap"),
        (["--against", "shop:none"], "no shop 'none'"),
        (["--against", "shop:../up"], "cannot be a shop's name"),
        (["--html", "/none/page.html"], "--html"),
    ],
)
def test_a_period_that_cannot_be_is_told_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert said in refused(home, capsys, *options)


def test_a_time_zone_that_is_none_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINGXI_SHOP_TIMEZONE", "Mars/Base")
    assert "Mars/Base" in refused(home, capsys)


def test_the_page_needs_nothing_from_elsewhere(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert run(["inspect", "--home", str(home), "--html", str(file), "--against", "28d"]) == 0
    page = file.read_text(encoding="utf-8")
    # no address but that of the SVG name space, no script, nothing loaded
    assert set(re.findall(r"\w+://[^\s\"'<)]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<link[^>]+stylesheet|@import|@font-face|<img|<iframe|\bsrc=|url\((?!#)", page)
    # what shoppers sent is text
    assert "&lt;script&gt;alert(1)" in page
    # ids are unique though many charts share the page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<svg") == page.count("<title>") - 1 == page.count("<figcaption>")


def test_an_empty_shop_has_a_page_too(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert run(["init", "--home", str(tmp_path / "home")]) == 0
    assert run(["inspect", "--home", str(tmp_path / "home"), "--html", str(file), "--zh"]) == 0
    page = file.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "还没有任何事件" in page


ODD = {
    "one purchase": [Event(kind="purchase", id="a", user="u", item="i", at=FIRST)],
    "searches alone": [Event(kind="search", id=f"{n}", session="s", at=FIRST + n * DAY, query="tea") for n in range(5)],
    "impressions alone": [Event(kind="impression", id=f"{n}", session="s", item="i", at=FIRST + n) for n in range(5)],
    "all for free": [
        Event(kind="purchase", id=f"{n}", session="s", item="<b>&\"'", at=FIRST + n * DAY, price=0.0, list_price=0.0)
        for n in range(5)
    ],
    "fifty years and huge sums": [
        Event(kind="purchase", id="a", user="u", item="i", at=FIRST - 18_000 * DAY),
        Event(kind="refund", id="b", user="u", item="i", at=FIRST, price=1e12, quantity=1e9),
    ],
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_shop_is_looked_at_like_any_other(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Desk(tmp_path, Settings(), "default") as desk:
        desk.parts.log.append([Proposal(each, each.at or 0) for each in ODD[name]])
    found = asked(tmp_path, capsys, "--html", str(tmp_path / "page.html"))
    assert sum(found["kinds"].values()) == len(ODD[name])
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_who_was_forgotten_is_no_shopper(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    assert asked(copy, capsys)["shoppers"] == 10
    assert run(["forget", "u3", "--home", str(copy)]) == 0
    capsys.readouterr()
    found = asked(copy, capsys)
    assert (found["shoppers"], found["shoppers_active"]) == (9, 9)
