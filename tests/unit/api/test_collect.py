"""What is told of slates to Prometheus where several processes serve."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lingxi.api.collect import Collector


@pytest.mark.parametrize(("process", "said"), [(None, b""), ("17", b'process="17",')])
def test_each_of_several_processes_has_series_of_its_own(process: str | None, said: bytes) -> None:
    """Given a process alone, its steps are told as they are; given several, each names itself."""
    registry = CollectorRegistry()
    registry.register(Collector({}, process))
    told = generate_latest(registry)
    assert b"lingxi_slate_stage_seconds_count{" + said + b'stage="sources"}' in told
