"""Words of a query and of an item, in scripts with and without spaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingxi.domain.words import BLOCKS, MOST, query_of, signature_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Green TEA, 2nd flush!", ["green", "tea", "2nd", "flush"]),
        ("Crème brûlée", ["creme", "brulee"]),
        ("龙井绿茶", ["龙井", "井绿", "绿茶"]),
        ("茶", ["茶"]),
        ("iPhone15手机壳", ["iphone15", "手机", "机壳"]),
        ("ＴＥＡ", ["tea"]),
        ("_ - !", []),
        ("", []),
    ],
)
def test_a_text_is_parted_into_words(text: str, words: list[str]):
    assert list(words_of(text)) == words


@given(st.text(max_size=60))
def test_any_text_has_a_query_and_a_signature_that_fit_in_64_bits(text: str):
    blocks = signature_of(text)
    assert len(blocks) == BLOCKS
    np.array([query_of(text), *blocks], np.int64)


def test_a_query_keeps_its_first_distinct_words_and_none_is_nothing():
    assert query_of("tea tea green") == query_of("tea GREEN") != query_of("green tea")
    assert query_of("a b c d e") == query_of("a b c d")
    assert query_of("...") == 0
    assert MOST == 4


def test_a_word_that_is_not_there_seems_to_be_in_one_of_a_hundred_cases():
    # given: items of twelve words each, asked for words that none has
    words = [f"word{k}" for k in range(6_000)]
    seem = 0
    for first in range(0, 6_000, 12):
        blocks = signature_of(*words[first : first + 12])
        bits = sum((block & (1 << 64) - 1) << 64 * place for place, block in enumerate(blocks))
        for code in (query_of(f"other{k}") for k in range(40)):
            seem += bits >> (code & 255) & bits >> (code >> 8) & 1
    # then
    assert 0 < seem / (500 * 40) < 0.015
