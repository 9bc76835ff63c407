"""Small encoders of texts for tests: a folder as sentence-transformers writes it, a server with OpenAI's answers."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "blue", "tea", "cup", "green", "茶", "杯"]
WIDTH, LAYERS, HEADS, WIDE = 8, 2, 2, 16


def write_tokenizer(folder: Path) -> None:
    """`tokenizer.json`: words of a small vocabulary between [CLS] and [SEP]."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    numbers = {word: number for number, word in enumerate(WORDS)}
    own = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))  # noqa: S106 (a word, no password)
    own.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    own.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
    )
    folder.mkdir(parents=True, exist_ok=True)
    own.save(str(folder / "tokenizer.json"))


def write_bert(folder: Path, *, pooling: str = "mean_tokens", **told: Any) -> Path:
    """A folder with a BERT of two small layers whose weights are drawn by one seed."""
    write_tokenizer(folder)
    rng = np.random.default_rng(0)
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (512, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        square = [f"attention.self.{each}" for each in ("query", "key", "value")] + ["attention.output.dense"]
        shapes |= {f"{name}.{each}.weight": (WIDTH, WIDTH) for each in square}
        shapes |= {f"{name}.{each}.bias": (WIDTH,) for each in square}
        shapes |= {f"{name}.intermediate.dense.weight": (WIDE, WIDTH), f"{name}.intermediate.dense.bias": (WIDE,)}
        shapes |= {f"{name}.output.dense.weight": (WIDTH, WIDE), f"{name}.output.dense.bias": (WIDTH,)}
    norms = ["embeddings.LayerNorm"]
    norms += [f"encoder.layer.{n}.{each}.LayerNorm" for n in range(LAYERS) for each in ("attention.output", "output")]
    shapes |= {f"{name}.{each}": (WIDTH,) for name in norms for each in ("weight", "bias")}
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(weights, folder / "model.safetensors")
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps({**config, **told}))
    (folder / "modules.json").write_text(
        json.dumps([{"type": f"sentence_transformers.models.{each}"} for each in ("Transformer", "Pooling")])
    )
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}))
    return folder


def vector_of(text: str) -> list[float]:
    """Sixteen numbers: the sum of a drawn vector of each word."""
    total = np.zeros(16)
    for word in text.split():
        seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
        total += np.random.default_rng(seed).normal(size=16)
    return [float(each) for each in total]


class Answers(BaseHTTPRequestHandler):
    """Answers as OpenAI's embeddings do; `say` is what it answers instead, one status and body after the other."""

    say: list[tuple[int, bytes]]
    asked: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        """Vectors of the input, last first: `index` says which is whose."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append((self.headers.get("authorization", ""), body))
        status, content = self.say.pop(0) if self.say else (200, b"")
        if not content and status == 200:
            data = [{"index": n, "embedding": vector_of(text)} for n, text in enumerate(body["input"])]
            content = json.dumps({"object": "list", "data": data[::-1], "model": body["model"]}).encode()
        self.send_response(status)
        if status in (301, 307):
            self.send_header("location", "http://127.0.0.1:9/elsewhere")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def embeddings_server(certificate: tuple[Path, Path] | None = None) -> Iterator[tuple[str, type[Answers]]]:
    """A server on loopback, over TLS with a certificate and its key; its address, and what it was asked and says."""
    own = type("Own", (Answers,), {"say": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), own)
    if certificate is not None:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://localhost:{server.server_port}/v1", own
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
