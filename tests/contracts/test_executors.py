"""What every executor does, whoever works for it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from lingxi import registry
from lingxi.domain.errors import Invalid
from lingxi.ports.executor import Executor

NEEDS = {"ray": "ray"}


@pytest.fixture(params=registry.names("backends/executors"))
def executor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Executor:
    """Two workers, who know where this file lies."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    library = NEEDS.get(request.param)
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"'{library}' is not installed: pip install 'lingxi[{library}]'")
    found: Executor = registry.load("backends/executors", request.param, "open_executor")(2)
    return found


def square(number: int) -> tuple[int, int]:
    """The square, and who made it."""
    return number * number, os.getpid()


def refuse(number: int) -> int:
    """Fails as a task may."""
    raise Invalid(f"{number} is wrong", where="task", remedy="send another")


def test_results_are_in_order_and_made_elsewhere_and_errors_are_the_tasks(executor: Executor) -> None:
    assert executor.workers == 2
    done = executor.run(square, [1, 2, 3], lambda: None)
    assert [value for value, _ in done] == [1, 4, 9]
    assert os.getpid() not in {who for _, who in done}
    with pytest.raises(Invalid, match="7 is wrong") as error:
        executor.run(refuse, [7], lambda: None)
    assert error.value.remedy == "send another"
