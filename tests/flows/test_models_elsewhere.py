"""One machine trains, another serves: a model comes through an object store and goes live."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from serving import Serving

from learning_shop import fill
from lingxi.backends.log.sqlite import open_log
from lingxi.cli.main import run
from real_store import RealStore, running_store, store

__all__ = ["running_store", "store"]

DAYS = 45


def test_a_model_that_another_machine_trained_is_promoted_and_serves(
    store: RealStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a server, and a machine that trains on a copy of its home, and a store that both know."""
    server, trainer = tmp_path / "server", tmp_path / "trainer"
    log = open_log(server / "shops" / "default")
    fill(log, DAYS)
    log.close()
    shutil.copytree(server, trainer)
    told = {"LINGXI_MODELS_STORE": f"{store.url}/{tmp_path.name}"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    asked = ["--model", "popular", "--minutes", "1", "--set", "days=9"]
    assert run(["train", "--home", str(trainer), *asked]) == 0, capsys.readouterr().err
    with Serving(server, **told, **{name: os.environ[name] for name in store.variables}) as serving:
        model = serving.ready().http.get("/v1/models").json()["models"][0]["id"]
        assert not (server / "shops" / "default" / "bundles" / model).exists()
        # when
        asked = serving.http.post(f"/v1/models/{model}/promote", json={"force": True, "why": "a test"})
        # then
        assert asked.json() == {"live": model}
        assert serving.http.get("/v1/recommend/home").json()["model"] == model
        assert serving.end() == 0
    # and: it serves on where the store is gone
    with Serving(server, LINGXI_MODELS_STORE="s3://gone/gone", AWS_ENDPOINT_URL="http://127.0.0.1:9") as serving:
        assert serving.ready().http.get("/v1/recommend/home").json()["model"] == model
        assert [each["id"] for each in serving.http.get("/v1/models").json()["models"]] == [model]
