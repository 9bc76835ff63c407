"""Who is let in."""

from __future__ import annotations

import pytest

from lingxi.api.door import is_loopback
from lingxi.api.server import check_address
from lingxi.domain.errors import Refused


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("localhost", True), ("::1", True), ("10.0.0.1", False), ("::", False)],
)
def test_only_loopback_is_served_without_a_key(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    check_address(host, open_to_all=False)
    if not loopback:
        with pytest.raises(Refused):
            check_address(host, open_to_all=True)
