"""What all tests share: those that share something dear to make run in one worker, so that it is made once."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use what is made once a file go together."""
    for item in items:
        # pytest has no public name for which fixtures a test uses, and how long each of them lives.
        made = item._fixtureinfo.name2fixturedefs.values()
        shared = any(each.scope == "module" for fixtures in made for each in fixtures)
        if shared and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
