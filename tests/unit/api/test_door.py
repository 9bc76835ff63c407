"""Who is let in."""

from __future__ import annotations

import pytest

from lingxi.api.door import is_loopback
from lingxi.api.server import check_address
from lingxi.domain.errors import Refused

HERE = ("127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]")
ELSEWHERE = ("10.0.0.1", "::", "127.evil.example", "localhost.evil.example")


@pytest.mark.parametrize(
    ("host", "loopback"), [*((each, True) for each in HERE), *((each, False) for each in ELSEWHERE)]
)
def test_only_loopback_is_served_without_a_key(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    check_address(host, open_to_all=False)
    if not loopback:
        with pytest.raises(Refused):
            check_address(host, open_to_all=True)
