"""An index that cannot be trusted is refused with its bundle; nothing falls back without a word."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from safetensors.numpy import load_file, save_file

from learning_shop import two_tastes
from lingxi.domain.bundle import Component
from lingxi.domain.errors import Incompatible
from lingxi.domain.history import History
from lingxi.nearest.plan import Wanted
from lingxi.runtimes import encoder_onnx
from lingxi.runtimes._files import FILE
from lingxi.workflows._indexing import indexed
from made_encoder import clustered, written

ROWS = 400
VECTORS, QUERIES = clustered(ROWS)
IDS = {f"i{row}": row for row in range(ROWS)}


@pytest.fixture
def bundle(tmp_path: Path) -> tuple[Path, Component]:
    """An encoder with an index."""
    return tmp_path, written(tmp_path, list(IDS), VECTORS, np.zeros(ROWS, np.float32), Wanted(kind="ivf_flat"))


def test_an_index_is_loaded_with_its_encoder(bundle: tuple[Path, Component]) -> None:
    """Given a bundle with an index, it answers by it, with the exact products."""
    encoder = encoder_onnx.load(*bundle, IDS)

    items, scores = encoder.top(QUERIES[0], 10)

    assert encoder.near.index is not None
    np.testing.assert_allclose(scores, VECTORS[items] @ QUERIES[0], rtol=1e-5)


def test_a_torn_index_is_refused(bundle: tuple[Path, Component]) -> None:
    """Given an index that was cut short, the error names the file and the remedy."""
    file = bundle[0] / "sequence" / "index.faiss"
    file.write_bytes(file.read_bytes()[:200])

    with pytest.raises(Incompatible, match="index of a model is refused") as error:
        encoder_onnx.load(*bundle, IDS)

    assert "index.faiss" in error.value.where
    assert "roll back" in error.value.remedy


def test_a_missing_index_is_refused(bundle: tuple[Path, Component]) -> None:
    """Given a manifest that tells of an index that is not there, nothing takes its place."""
    (bundle[0] / "sequence" / "index.faiss").unlink()

    with pytest.raises(Incompatible, match="index of a model is refused"):
        encoder_onnx.load(*bundle, IDS)


def test_an_index_of_another_model_is_refused(bundle: tuple[Path, Component]) -> None:
    """Given vectors that are not those of the index, it is refused."""
    file = bundle[0] / "sequence" / FILE
    arrays = load_file(file)
    save_file({**arrays, "vectors": arrays["vectors"] * 2}, file)

    with pytest.raises(Incompatible, match="another model's vectors"):
        encoder_onnx.load(*bundle, IDS)


def test_an_item_without_a_finite_vector_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Given a model with a NaN in it, it is loaded, says which item it is, and never proposes it."""
    vectors = VECTORS.copy()
    vectors[3, 1] = np.nan
    component = written(tmp_path, list(IDS), vectors, np.zeros(ROWS, np.float32))

    with caplog.at_level(logging.WARNING):
        encoder = encoder_onnx.load(tmp_path, component, IDS)

    assert "1 items have no finite vector" in caplog.text
    assert "i3" in caplog.text
    assert 3 not in encoder.top(QUERIES[0], ROWS)[0]
    # Who has acted on it is answered as if it were not known, not with nothing.
    at = np.arange(3, dtype=np.int64)
    met = encoder.encode(History(at, np.array([5, 3, 7], np.int32), np.zeros(3, np.int8)), 10)
    assert np.isfinite(met).all()
    assert len(encoder.top(met, ROWS)[0]) == ROWS - 1


@pytest.mark.parametrize(
    ("wanted", "kind"), [(Wanted(), "exact"), (Wanted(exact_items=100, kind="ivf_sq8"), "ivf_sq8")]
)
def test_a_bundle_gets_the_index_that_its_own_histories_ask_for(tmp_path: Path, wanted: Wanted, kind: str) -> None:
    """Given an encoder and the log, the component tells what was measured; loaded again, it answers by it."""
    component = written(tmp_path, list(IDS), VECTORS, np.zeros(ROWS, np.float32))
    encoder = encoder_onnx.load(tmp_path, component, IDS)

    told = indexed(tmp_path, component, encoder, two_tastes(20), wanted, threads=1, seed=0)

    plan = told.settings["index"]
    assert plan["kind"] == kind
    again = encoder_onnx.load(tmp_path, told, IDS)
    assert (again.near.index is None) == (kind == "exact")
    if kind != "exact":
        assert plan["queries"] == 20
        assert plan["recall"] >= 0.98
    assert indexed(
        tmp_path, structs.replace(component, runtime="counts"), None, two_tastes(20), wanted, 1, 0
    ).settings == (component.settings)
