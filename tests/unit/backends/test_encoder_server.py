"""A text encoder on a server: what goes over the wire, and what is said when it goes wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from lingxi.backends.encoder._server import KEY, PAUSES, Server, server_of
from lingxi.domain.errors import Incompatible, Invalid, LingxiError, Unauthorized, Unavailable
from text_models import Answers, embeddings_server, vector_of

SECRET = "sk-not-to-be-seen"  # noqa: S105 (it opens nothing)


@pytest.fixture
def server() -> Iterator[tuple[Server, type[Answers], list[float]]]:
    """An encoder with a key, the server that it asks, and the seconds that it waited for it."""
    waited: list[float] = []
    with embeddings_server() as (address, answers):
        yield replace(server_of(f"{address}?model=small"), key=SECRET, pause=waited.append), answers, waited


Asked = tuple[Server, type[Answers], list[float]]


def test_texts_go_in_batches_with_the_key_and_come_back_in_order(server: Asked) -> None:
    encoder, answers, _ = server
    texts = [f"text {number}" for number in range(150)]

    vectors = encoder.encode(texts)

    np.testing.assert_allclose(vectors, [vector_of(text) for text in texts], rtol=1e-6)
    assert [len(body["input"]) for _, body in answers.asked] == [64, 64, 22]
    assert {key for key, _ in answers.asked} == {f"Bearer {SECRET}"}
    assert {body["model"] for _, body in answers.asked} == {"small"}
    assert SECRET not in repr(encoder)


def test_without_a_key_none_is_sent(server: Asked) -> None:
    encoder, answers, _ = server

    replace(encoder, key="").encode(["tea"])

    assert answers.asked[0][0] == ""


def test_a_server_that_is_busy_is_asked_again(server: Asked) -> None:
    encoder, answers, waited = server
    answers.say += [(503, b"loading"), (429, b"slowly")]

    np.testing.assert_allclose(encoder.encode(["tea"]), [vector_of("tea")], rtol=1e-6)
    assert tuple(waited) == PAUSES[:2]


@pytest.mark.parametrize(
    ("status", "body", "kind", "said", "remedy"),
    [
        (401, b"no such key: " + SECRET.encode(), Unauthorized, "answers 401 no such key: …", KEY),
        (404, b"no model 'small'", Invalid, "answers 404 no model", "has a model 'small'"),
        (307, b"", Invalid, "answers 307", "check text.encoder"),
        (200, b"<html>", Incompatible, "answers with no vectors", "OpenAI-compatible"),
        (200, b'{"data": []}', Incompatible, "0 vectors for 1 texts", "OpenAI-compatible"),
        (200, b'{"data": [{"index": 1, "embedding": [1]}]}', Incompatible, "1 vectors for 1 texts", "OpenAI"),
        (200, b'{"data": [{"index": 0, "embedding": [NaN]}]}', Incompatible, "no vectors", "OpenAI-compatible"),
        (200, b'{"data": [{"index": 0, "embedding": []}]}', Incompatible, "vectors", "OpenAI-compatible"),
    ],
)
def test_what_is_no_answer_is_told(
    server: Asked, status: int, body: bytes, kind: type[LingxiError], said: str, remedy: str
) -> None:
    """Given a refusal, a redirect or what are no vectors, the error names the server and the remedy, never the key."""
    encoder, answers, waited = server
    answers.say.append((status, body))

    with pytest.raises(kind, match=said) as error:
        encoder.encode(["tea"])

    assert error.value.where == encoder.url
    assert remedy in error.value.remedy
    assert SECRET not in str(error.value)
    assert waited == []


def test_vectors_of_several_widths_are_told(server: Asked) -> None:
    encoder, answers, _ = server
    answers.say.append((200, b'{"data": [' + b",".join(b'{"index":%d,"embedding":[1]}' % n for n in range(64)) + b"]}"))

    with pytest.raises(Incompatible, match="several widths"):
        encoder.encode(["tea"] * 65)


def test_a_server_that_is_down_is_told() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/embeddings"

        with pytest.raises(Unavailable, match="does not answer") as error:
            Server(url, "small", pause=print).encode(["tea"])

    assert error.value.where == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://localhost:8000/v1", "names no model"),
        ("http:///v1?model=small", "names no host"),
        ("http://me:secret@localhost/v1?model=small", "holds a password"),
    ],
)
def test_a_url_that_says_too_little_or_too_much_is_told(url: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as error:
        server_of(url)

    assert "secret" not in str(error.value)


def test_the_url_may_be_the_api_or_its_embeddings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)

    found = [server_of(f"https://host/v1{end}?model=small") for end in ("", "/", "/embeddings")]

    assert {each.url for each in found} == {"https://host/v1/embeddings"}
    assert len({each.name for each in found}) == 1
    assert {each.key for each in found} == {SECRET}
    assert server_of("https://host/v1?model=large").name != found[0].name
