"""`http:` a server of this machine or network that answers as OpenAI's embeddings do: `http://host/v1?model=NAME`."""

from __future__ import annotations

from lingxi.backends.encoder._server import Server, server_of


def open_encoder(url: str) -> Server:
    """The encoder behind a URL; raises as `server_of` does."""
    return server_of(url)
