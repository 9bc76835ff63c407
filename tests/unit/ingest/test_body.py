"""A request's body becomes records, or one error that names the limit."""

from __future__ import annotations

import pytest

from lingxi.domain.errors import Malformed, TooLarge
from lingxi.ingest.body import Limits, Unreadable, decode


def test_one_object_an_array_and_lines_are_the_same_records() -> None:
    assert decode(b'{"kind":"view"}') == [{"kind": "view"}]
    assert decode(b'[{"kind":"view"},{"kind":"like"}]') == [{"kind": "view"}, {"kind": "like"}]
    assert decode(b'{"kind":"view"}\n\r\n{"kind":"like"}\n') == [{"kind": "view"}, {"kind": "like"}]
    assert decode(b"[]") == []


def test_a_line_that_does_not_parse_stands_for_itself() -> None:
    good, bad = decode(b'{"kind":"view"}\n{"kind":')
    assert good == {"kind": "view"}
    assert isinstance(bad, Unreadable)
    assert bad.text == '{"kind":'


def test_a_line_alone_that_does_not_parse_is_a_record_where_ndjson_is_announced() -> None:
    (bad,) = decode(b'{"kind":', "application/x-ndjson")
    assert isinstance(bad, Unreadable)


def test_an_element_with_bad_text_does_not_take_its_neighbours_along() -> None:
    bad, good = decode(b'[{"user":"\xff"},{"user":"u"}]')
    assert isinstance(bad, Unreadable)
    assert good == {"user": "u"}


def test_a_nul_character_is_unreadable() -> None:
    bad, good = decode(rb'[{"user":"a\u0000b"},{"user":"a\\u0000b"}]')
    assert isinstance(bad, Unreadable)
    assert isinstance(good, (dict, Unreadable))


@pytest.mark.parametrize("body", [b"", b"  ", b"nonsense", b'{"kind":', b"[1,", b'[{"a":1}', b"\xff\xfe\x00"])
def test_what_is_neither_json_nor_ndjson_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as error:
        decode(body)
    assert error.value.where == "body"


@pytest.mark.parametrize("body", [b"[" * 500_000, b'{"context":' * 60_000, b'[{"a":' + b"[" * 9 + b"]" * 9 + b"}]"])
def test_what_is_nested_too_deep_is_malformed_and_names_the_limit(body: bytes) -> None:
    with pytest.raises(Malformed, match="limit is 8"):
        decode(body)


def test_depth_within_the_limit_is_read() -> None:
    assert decode(b'[{"context":{"a":[1]}}]') == [{"context": {"a": [1]}}]


def test_too_many_bytes_or_records_name_the_limit() -> None:
    with pytest.raises(TooLarge, match="1,048,576"):
        decode(b" " * (1 << 20) + b"[]")
    with pytest.raises(TooLarge, match="limit is 1,000"):
        decode(b"[" + b",".join([b"{}"] * 1001) + b"]")
    assert len(decode(b"[" + b",".join([b"{}"] * 1000) + b"]")) == 1000
    with pytest.raises(TooLarge, match="limit is 1"):
        decode(b"[{},{}]", limits=Limits(records=1))
