"""Texts as vectors: each encoded once, kept on disk, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from lingxi.domain.errors import Incompatible, Unavailable
from lingxi.train.vectors import PART, vectors_of


class Letters:
    """An encoder that counts the letters a to h, and remembers what it was asked."""

    name = "letters-1"
    width = 8

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked += texts
        return np.array([[text.count(each) for each in "abcdefgh"] for text in texts], dtype=np.float32)


def silent(stage: str, done: float, **figures: float) -> None:
    assert 0.0 <= done <= 1.0


def test_a_second_run_encodes_only_what_is_new(tmp_path: Path) -> None:
    """Given texts that were encoded, one more and a repeated one: one question, and the same numbers as before."""
    first = vectors_of(["aab", "", "cab"], Letters(), tmp_path, silent)
    encoder = Letters()

    second = vectors_of(["cab", "had", "aab", "aab"], encoder, tmp_path, silent)

    assert encoder.asked == ["had"]
    np.testing.assert_array_equal(second[[2, 0, 3]], first[[0, 2, 0]])
    np.testing.assert_allclose(np.linalg.norm(second, axis=1), 1.0, rtol=1e-3)
    assert not first[1].any()
    assert first.dtype == np.float32


def test_what_was_encoded_before_a_failure_is_kept(tmp_path: Path) -> None:
    """Given a server that goes down after the first part, the next run asks for the rest."""
    texts = [format(number, "015b").replace("0", "a").replace("1", "b") for number in range(PART + 5)]

    class Failing(Letters):
        def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            if len(self.asked) >= PART:
                raise Unavailable("the server is down")
            return super().encode(texts)

    with pytest.raises(Unavailable):
        vectors_of(texts, Failing(), tmp_path, silent)
    encoder = Letters()
    found = vectors_of(texts, encoder, tmp_path, silent)

    assert len(encoder.asked) == 5
    assert found.any(axis=1).all()


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []

    vectors_of(
        ["a" * n for n in range(1, 2000)],
        Letters(),
        tmp_path,
        lambda stage, done, **_: told.append((stage, done)),
    )

    assert {stage for stage, _ in told} == {"text"}
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert len(told) >= 5


def test_what_is_mostly_of_no_item_any_more_is_let_go(tmp_path: Path) -> None:
    """Given texts that changed, those of before go; those that stay are not asked for again."""
    vectors_of(["a", "b", "c", "d", "e"], Letters(), tmp_path, silent)
    vectors_of(["a", "f"], Letters(), tmp_path, silent)
    encoder = Letters()

    vectors_of(["a", "f"], encoder, tmp_path, silent)
    vectors_of(["b"], encoder, tmp_path, silent)

    assert encoder.asked == ["b"]
    assert len(list((tmp_path / "letters-1").glob("*.safetensors"))) == 1


def test_a_torn_file_is_encoded_again(tmp_path: Path) -> None:
    before = vectors_of(["cab"], Letters(), tmp_path, silent)
    (file,) = (tmp_path / "letters-1").glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-4])
    encoder = Letters()

    np.testing.assert_array_equal(vectors_of(["cab"], encoder, tmp_path, silent), before)
    assert encoder.asked == ["cab"]


def test_without_a_text_nothing_is_asked(tmp_path: Path) -> None:
    encoder = Letters()

    assert vectors_of(["", ""], encoder, tmp_path, silent).shape == (2, 0)
    assert encoder.asked == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (np.full((2, 8), np.nan), "no number for the text 'ab'"),
        (np.ones((2, 7)), "numbers for 2 texts of width 8"),
        (np.ones((1, 8)), "numbers for 2 texts of width 8"),
    ],
)
def test_what_are_no_vectors_is_told(made: npt.NDArray[np.float64], said: str, tmp_path: Path) -> None:
    """Given NaN, another width or too few, the error names the encoder and the remedy, and nothing is kept."""

    class Wrong(Letters):
        def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            self.asked += texts
            return made.astype(np.float32)

    with pytest.raises(Incompatible, match=said) as error:
        vectors_of(["ab", "abc"], Wrong(), tmp_path, silent)

    assert error.value.where == "letters-1"
    assert not list(tmp_path.rglob("*.safetensors"))


def test_another_model_behind_the_same_name_is_told(tmp_path: Path) -> None:
    vectors_of(["ab"], Letters(), tmp_path, silent)

    class Wider(Letters):
        width = 9

        def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            return np.ones((len(texts), 9), dtype=np.float32)

    with pytest.raises(Incompatible, match="9 wide, those it gave before 8") as error:
        vectors_of(["ab", "new"], Wider(), tmp_path, silent)

    assert "delete that folder" in error.value.remedy
