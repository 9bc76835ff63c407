"""The whole of a training: from the log to a judged bundle that serves."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace as replace_options

from learning_shop import DAY, START, fill
from lingxi.backends.bundles._folders import FolderBundles
from lingxi.backends.bundles.folder import open_bundles
from lingxi.backends.log.sqlite import SqliteLog, open_log
from lingxi.deploy.load import LiveBundle
from lingxi.deploy.promote import release_of
from lingxi.domain.change import Proposal
from lingxi.domain.errors import Incompatible, NotEnoughData, Refused
from lingxi.domain.event import Event
from lingxi.domain.slate import Query
from lingxi.recommend.memory import Memory
from lingxi.recommend.moved import moved_by
from lingxi.recommend.pipeline import recommend, surface_of
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.state.follow import catch_up
from lingxi.state.state import State
from lingxi.workflows import _ranking
from lingxi.workflows._ordering import HURRIED
from lingxi.workflows.explain import weighed
from lingxi.workflows.learn import learn
from lingxi.workflows.workshop import Options, Workshop

DAYS = 40
NOW = START + DAYS * DAY
SMALL = {"epochs": 2, "width": 16, "layers": 1, "heads": 1, "length": 16, "minutes": 0.5}
OPTIONS = Options(minutes=1.0, threads=1, holdout_days=7.0, settings=SMALL, ranker="auto")


@dataclass(frozen=True)
class Bar:
    """The gate's defaults."""

    lower: float = -0.002
    estimate: float = 0.0


class Stages:
    """Remembers what a training tells."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, stage: str, done: float, **figures: float) -> None:  # noqa: ARG002
        if stage not in self.seen:
            self.seen.append(stage)


def _workshop(folder: Path, log: SqliteLog, live: str | None = None) -> Workshop:
    return Workshop("default", log, log, open_bundles(folder, "default"), folder, NOW, live, Bar())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SqliteLog, str, list[str]]:
    """A shop's log, and the bundle learnt from it."""
    folder = tmp_path_factory.mktemp("shop")
    log = open_log(folder)
    fill(log, DAYS)
    stages = Stages()
    manifest = learn(_workshop(folder, log), OPTIONS, stages)
    return folder, log, manifest.id, stages.seen


def _bundles(folder: Path) -> FolderBundles:
    return open_bundles(folder, "default")


def test_a_training_leaves_a_judged_bundle_with_its_report(trained: tuple[Path, SqliteLog, str, list[str]]) -> None:
    """Given a log, when it is learnt from, then the bundle names its windows, judgement and report; nothing is left."""
    folder, log, name, stages = trained
    path, manifest = _bundles(folder).open(name)
    assert {each.name for each in manifest.components} == {"sequence", "neighbours", "blend"}
    assert manifest.seq == log.head()
    assert manifest.judged is not None
    assert manifest.judged.champion is None
    assert manifest.judged.since == manifest.fit[1] - 7 * DAY
    assert manifest.judged.shoppers == 60
    assert (path / "report" / "report.html").is_file()
    report = json.loads((path / "report" / "report.json").read_bytes())
    assert report["shoppers"] == 60
    assert HURRIED in report["notes"], "a minute is too little to choose a ranker in"
    assert not (folder / "training").exists()
    assert [stage for stage in stages if stage.startswith("fit ")] == [
        "fit 1 of 3: to find when to stop",
        "fit 2 of 3: to be judged",
        "fit 3 of 3: to go live",
    ]


def test_the_bundle_holds_no_shoppers_id(trained: tuple[Path, SqliteLog, str, list[str]]) -> None:
    """Given a bundle, when its files are searched, then no shopper's id is in them."""
    path, _ = _bundles(trained[0]).open(trained[2])
    for file in path.rglob("*"):
        if file.is_file() and file.suffix != ".html":
            assert b'"u17"' not in file.read_bytes()


def test_the_bundle_serves_and_clicks_still_count(trained: tuple[Path, SqliteLog, str, list[str]]) -> None:
    """Given the bundle live, when a shopper asks, then the slate names it and knows their taste; a newcomer's click
    counts at once though the log never held one, and the acts that weighed most can be named."""
    folder, log, name, _ = trained
    state = State.empty()
    for _ in catch_up(state, log):
        pass
    bundle = LiveBundle.load(*_bundles(folder).open(name), state.items.number)
    scene = Scene(state, bundle, NOW, Settings(), Memory())
    slate, trace = recommend(Query(user="u1", n=8), scene, "r")
    assert slate.model == name
    assert len({pick.item for pick in slate.picks} & {f"i{no}" for no in range(10, 20)}) >= 6
    parts = trace.record().picks[0].parts
    assert "log own_frequency.days_120" in parts
    named = weighed(scene, surface="home", user="u1", session=None, at=NOW, items=[pick.item for pick in slate.picks])
    assert all(each.weight > 0 for acts in named.values() for each in acts)
    before = [pick.item for pick in recommend(Query(session="new", n=5), scene, "r")[0].picks]
    log.append([Proposal(Event(id="click", kind="view", session="new", item="i19", at=NOW - 1), NOW)])
    for _ in catch_up(state, log):
        pass
    after = [pick.item for pick in recommend(Query(session="new", n=5), scene, "r")[0].picks]
    assert before != after
    assert "i19" in after


def test_a_reason_names_the_act_that_moved_the_pick(trained: tuple[Path, SqliteLog, str, list[str]]) -> None:
    """Given one who looked at items of both tastes, when the model's picks are explained, then the item that a reason
    names first is the one without which the model's score falls the most, and the explanation says the same."""
    folder, log, name, _ = trained
    looked = ["i3", "i12", "i4", "i15"]
    views = [Event(id=f"l{no}", kind="view", session="l", item=item, at=NOW - 9 + no) for no, item in enumerate(looked)]
    log.append([Proposal(each, NOW) for each in views])
    state = State.empty()
    for _ in catch_up(state, log):
        pass
    bundle = LiveBundle.load(*_bundles(folder).open(name), state.items.number)
    encoder, surface = bundle.runtimes["sequence"], replace(surface_of("home"), sources={"sequence": 20})
    scene = Scene(state, bundle, NOW, Settings(), Memory())

    slate, _ = recommend(Query(session="l", n=20), scene, "r", surface)

    view = state.shopper(None, "l")
    assert view is not None
    history = view.history()
    numbers = np.array([state.items.number[pick.item] for pick in slate.picks], np.int32)
    parts = [history, *(history.part(history.item != number) for number in history.item)]
    scores = np.stack([encoder.score(part, int(history.at[-1]), numbers) for part in parts])
    falls = scores[0] - scores[1:]
    moved = moved_by(encoder, history, int(history.at[-1]))
    np.testing.assert_allclose(moved.falls(encoder, numbers)[::-1], falls, atol=1e-4)
    acts = weighed(scene, surface="home", user=None, session="l", at=NOW, items=[pick.item for pick in slate.picks])
    claimed = 0
    for pick, fall in zip(slate.picks, falls.T, strict=True):
        first = looked[int(fall.argmax())]
        if pick.reason.items:
            assert pick.reason.items[0] == first
            claimed += 1
        else:
            assert pick.reason.en == "Picked for you"
        assert [each.item for each in acts[pick.item]][:1] == list(pick.reason.items[:1])
    assert claimed >= 5


def test_the_next_one_is_judged_against_what_serves(
    trained: tuple[Path, SqliteLog, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a live bundle, when another recipe is trained with a ranker, then the live one's is fitted to the same past
    and compared, and the ranker is in the new one, its report says why; the bundle can be released while that one
    serves, and not once something else does."""
    folder, log, live, _ = trained
    shop = replace(_workshop(folder, log, live), now=NOW + DAY)
    stages = Stages()
    monkeypatch.setattr(_ranking, "LEAST", 20)
    wanted = Options(model="popular", minutes=20.0, threads=1, holdout_days=7.0, ranker="trees")
    manifest = learn(shop, wanted, stages)
    assert "fit of what serves" in stages.seen
    assert {each.name: each.runtime for each in manifest.components}["ranker"] == "trees"
    path, _ = _bundles(folder).open(manifest.id)
    assert LiveBundle.load(path, manifest, {}).runtimes["ranker"].goals == ("purchase",)
    assert any(
        note.startswith("Ranker trees") for note in json.loads((path / "report" / "report.json").read_bytes())["notes"]
    )
    assert manifest.judged is not None
    assert manifest.judged.champion == live
    assert release_of(manifest, live, Bar(lower=-1.0, estimate=-1.0)).previous == live
    with pytest.raises(Refused, match="judged against"):
        release_of(manifest, None, Bar(lower=-1.0, estimate=-1.0))


def test_a_foreign_bundle_is_refused(trained: tuple[Path, SqliteLog, str, list[str]]) -> None:
    """Given another shop's folder, when the bundle is opened in its name, then it is refused."""
    with pytest.raises(Incompatible, match="belongs to shop"):
        open_bundles(trained[0], "other").open(trained[2])


@pytest.mark.parametrize("events", [0, 1, 10])
def test_too_little_says_what_is_missing(tmp_path: Path, events: int) -> None:
    """Given 0, 1 or 10 events of one shopper on one item, when it is trained, then the error says what is missing."""
    log = open_log(tmp_path)
    log.append(
        [
            Proposal(Event(id=f"e{no}", kind="purchase", user="u", item="i", at=START + no * DAY), START + no * DAY)
            for no in range(events)
        ]
    )
    with pytest.raises(NotEnoughData, match=f"{events} events") as error:
        learn(_workshop(tmp_path, log), OPTIONS, Stages())
    assert f"{100 - events} more events" in error.value.remedy
    assert "more shoppers" in error.value.remedy
    assert "more items" in error.value.remedy
    assert not (tmp_path / "training").exists()
    assert open_bundles(tmp_path, "default").all() == []
    log.close()


def test_a_training_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    fill(log, DAYS)

    class Killed(BaseException):
        """What no handler takes for a failure."""

    told: list[tuple[str, float]] = []

    def kill(stage: str, done: float, **figures: float) -> None:
        if stage.startswith("fit 2"):
            raise Killed

    def count(stage: str, done: float, **figures: float) -> None:
        told.append((stage, figures.get("epoch", 0.0)))

    # given: killed after its first fit; then the shop goes on
    with pytest.raises(Killed):
        learn(_workshop(tmp_path, log), OPTIONS, kill)
    seq = log.head()
    log.append([Proposal(Event(id="later", kind="purchase", user="u0", item="i1", at=NOW), NOW)])
    # when
    found = learn(_workshop(tmp_path, log), OPTIONS, count)
    # then: on the snapshot that it had begun with, and without a step of the first fit
    assert found.seq == seq
    assert "snapshot" not in {stage for stage, _ in told}
    assert [epoch for stage, epoch in told if stage.startswith("fit 1") and epoch] == [1.0, 2.0]
    assert len([1 for stage, epoch in told if stage.startswith("fit 1") and not epoch]) == 2  # its begin and its end
    assert not (tmp_path / "training").exists()
    # and: with other options it begins anew
    with pytest.raises(Killed):
        learn(_workshop(tmp_path, log), OPTIONS, kill)
    told.clear()
    later = replace(_workshop(tmp_path, log), now=NOW + DAY)
    learn(later, replace_options(OPTIONS, seed=5), count)
    assert "snapshot" in {stage for stage, _ in told}
    log.close()


def test_two_trainings_of_one_second_leave_two_bundles(tmp_path: Path) -> None:
    """Given a clock that stands still, a second training has a name of its own and overwrites nothing."""
    log = open_log(tmp_path)
    fill(log, DAYS)
    options = replace_options(OPTIONS, model="popular", settings={}, ranker="none")

    names = [learn(_workshop(tmp_path, log), options, Stages()).id for _ in range(2)]

    assert names[1] == f"{names[0]}-2"
    assert {each.id for each in _bundles(tmp_path).all()} == set(names)
