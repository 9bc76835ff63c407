"""Vectors from a server that answers as OpenAI's embeddings do: vLLM, Ollama, text-embeddings-inference, and others.

The key stands in a variable of the environment, in no setting, no error and no log.
"""

from __future__ import annotations

import hashlib
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec
import numpy as np
from msgspec import Struct

from lingxi.domain.errors import Incompatible, Invalid, LingxiError, Unauthorized, Unavailable
from lingxi.ports.encoder import Floats

KEY: Final = "LINGXI_ENCODER_KEY"
BATCH: Final = 64
TIMEOUT_SECONDS: Final = 60.0
PAUSES: Final = (1.0, 4.0, 15.0)
"""Seconds to wait before another try, where the server is down or busy."""
BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
SAID: Final = 200
"""Characters of a server's error that are shown."""


class _Vector(Struct):
    embedding: list[float]
    index: int


class _Answer(Struct):
    data: list[_Vector]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Server:
    """See `ports.encoder.TextEncoder`. `url` takes the posts, `model` is the server's name for what encodes."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def name(self) -> str:
        """By address and model: the same name with other weights behind it cannot be told from here."""
        digest = hashlib.blake2b(f"{self.url}\n{self.model}".encode(), digest_size=6)
        return f"server-{digest.hexdigest()}"

    @cached_property
    def width(self) -> int:
        """As wide as the vector of one word is."""
        return int(self._asked(["a"]).shape[1])

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `ports.encoder.TextEncoder.encode`; a server that is busy is asked again, a few times."""
        parts = [self._asked(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        if len({part.shape[1] for part in parts}) > 1:
            raise self._no_vectors("its vectors are of several widths")
        return np.concatenate(parts) if parts else np.empty((0, self.width), np.float32)

    def _asked(self, texts: Sequence[str]) -> Floats:
        body = msgspec.json.encode({"model": self.model, "input": list(texts), "encoding_format": "float"})
        for seconds in PAUSES:
            try:
                return self._vectors(self._post(body), len(texts))
            except Unavailable:
                self.pause(seconds)
        return self._vectors(self._post(body), len(texts))

    def _post(self, body: bytes) -> bytes:
        headers = {"content-type": "application/json", "user-agent": "lingxi"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(self.url, body, headers)  # noqa: S310 (http and https alone lead here)
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise self._refused(error) from None
        except (OSError, HTTPException) as error:
            what = f"the encoder's server does not answer: {getattr(error, 'reason', error)}"
            raise Unavailable(what, where=self.url, remedy="start it, or set text.encoder") from None

    def _refused(self, error: urllib.error.HTTPError) -> LingxiError:
        """What a status means."""
        said = error.read(4 * SAID).decode("utf-8", "replace")
        said = (said.replace(self.key, "…") if self.key else said)[:SAID].strip()
        what = f"the encoder's server answers {error.code} {said}".strip()
        if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Unauthorized(what, where=self.url, remedy=f"set {KEY} to a key that it takes")
        if error.code in BUSY:
            return Unavailable(what, where=self.url, remedy="try again later")
        return Invalid(what, where=self.url, remedy=f"check text.encoder, and whether it has a model '{self.model}'")

    def _vectors(self, answer: bytes, size: int) -> Floats:
        try:
            data = sorted(msgspec.json.decode(answer, type=_Answer).data, key=lambda each: each.index)
            vectors = np.array([each.embedding for each in data], dtype=np.float32)
        except (msgspec.MsgspecError, ValueError) as error:
            raise self._no_vectors(str(error)) from None
        if [each.index for each in data] != list(range(size)) or vectors.ndim != 2 or not vectors.shape[1]:
            raise self._no_vectors(f"{len(data)} vectors for {size} texts")
        return vectors

    def _no_vectors(self, why: str) -> Incompatible:
        what = f"the encoder's server answers with no vectors: {why[:SAID]}"
        return Incompatible(what, where=self.url, remedy="give the URL of an OpenAI-compatible /v1/embeddings")


def server_of(url: str) -> Server:
    """The server behind `https://host/v1?model=NAME`; `/embeddings` is added where it is missing.

    Raises:
        Invalid: the URL names no host or no model, or holds a password.
    """
    parts = urlsplit(url)
    model = parse_qs(parts.query).get("model", [""])[0]
    if "@" in parts.netloc:
        what, remedy = "the encoder's URL holds a password", f"put it into {KEY}"
        raise Invalid(what, where="text.encoder", remedy=remedy)
    if not parts.hostname or not model:
        what = "the encoder's URL names no host" if not parts.hostname else "the encoder's URL names no model"
        raise Invalid(what, where="text.encoder", remedy="write it as https://host/v1?model=NAME")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/embeddings") else f"{path}/embeddings"
    return Server(f"{parts.scheme}://{parts.netloc}{path}", model, os.environ.get(KEY, ""))
