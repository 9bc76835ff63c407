"""The gate lets through what is no worse, and says why it keeps something back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import pytest

from lingxi.deploy.gate import judge
from lingxi.deploy.promote import release_of, rollback_of
from lingxi.domain.bundle import Judgement, Manifest, Recipe
from lingxi.domain.change import Change, Release
from lingxi.domain.errors import Invalid, Refused


@dataclass(frozen=True)
class Bar:
    """The gate's defaults."""

    lower: float = -0.002
    estimate: float = 0.0


def _judged(challenger: float, noise: float = 0.0, against: str | None = None) -> Judgement:
    rng = np.random.default_rng(0)
    champion = rng.random(400)
    values = champion + challenger + noise * rng.standard_normal(400)
    return judge(values, champion, bar=Bar(), surface="home", metric="recall@10", since=0, until=1, against=against)


def _manifest(judged: Judgement | None, name: str = "b1") -> Manifest:
    recipe = Recipe(model="sequence", settings={})
    return Manifest(
        format=1, id=name, shop="default", created=0, recipe=recipe, components=(), seq=1, fit=(0, 1), judged=judged
    )


@pytest.mark.parametrize(
    ("gain", "noise", "passed"), [(0.01, 0.0, True), (0.0, 0.0, True), (-0.001, 0.0, False), (0.001, 0.3, False)]
)
def test_the_bar(gain: float, noise: float, passed: bool) -> None:
    """Given a difference, when it is judged, then it passes if the estimate and the lower bound reach the bar."""
    judged = _judged(gain, noise)
    assert judged.passed is passed
    assert judged.shoppers == 400
    assert f"{judged.difference.estimate:+.4f}" in judged.reason


def test_a_better_one_is_released_on_record() -> None:
    """Given a bundle that passed, when it is promoted, then the release names what was live."""
    release = release_of(_manifest(_judged(0.01)), None, Bar(), by="test")
    assert release == Release(bundle="b1", previous=None, by="test")


def test_a_worse_one_is_refused_with_the_figures_and_can_be_forced_with_a_reason() -> None:
    """Given a bundle that is worse, when it is promoted, then the refusal has the figures; forced, the reason stays."""
    manifest = _manifest(_judged(-0.01))
    with pytest.raises(Refused, match=r"-0\.0100") as error:
        release_of(manifest, None, Bar())
    assert "--force" in error.value.remedy
    with pytest.raises(Invalid, match="reason"):
        release_of(manifest, None, Bar(), force=True, why=" ")
    release = release_of(manifest, None, Bar(), force=True, why="a demonstration")
    assert release.forced
    assert release.why == "a demonstration"


@pytest.mark.parametrize("judged", [None, _judged(0.01, against="b0")])
def test_a_judgement_counts_against_what_serves(judged: Judgement | None) -> None:
    """Given a bundle that was not judged, or against another champion, when it is promoted, then it is refused."""
    with pytest.raises(Refused, match=r"never judged|judged against 'b0'"):
        release_of(_manifest(judged), None, Bar())


def test_the_recorded_judgement_is_held_against_the_bar_of_today() -> None:
    """Given a bar that was raised since, when a bundle that passed is promoted, then it is refused."""
    with pytest.raises(Refused):
        release_of(_manifest(_judged(0.01)), None, Bar(estimate=0.05))


def _log(*steps: tuple[str | None, str | None]) -> list[Change]:
    """Releases, newest first, as (bundle, previous)."""
    made = [Change(seq=k, received=0, entry=Release(bundle=b, previous=p)) for k, (b, p) in enumerate(steps, start=1)]
    return made[::-1]


def test_rolling_back_goes_one_step_further_each_time() -> None:
    """Given a and then b went live, when it is rolled back twice, then a serves, then no model, and no more."""
    steps: list[tuple[str | None, str | None]] = [("a", None), ("b", "a")]
    for expected in ("a", None):
        release = rollback_of(_log(*steps))
        assert release.bundle == expected
        assert release.previous == steps[-1][0]
        steps.append((release.bundle, release.previous))
    with pytest.raises(Refused, match="nothing to roll back"):
        rollback_of(_log(*steps))
    with pytest.raises(Refused):
        rollback_of([])


def test_a_manifest_keeps_its_judgement() -> None:
    """Given a judged manifest, when it is written and read, then it is the same."""
    manifest = _manifest(_judged(0.01))
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest
