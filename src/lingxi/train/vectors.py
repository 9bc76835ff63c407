"""Texts as vectors, each encoded once: what an encoder said of a text is kept on disk, so that the next training asks
it about new texts only."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from lingxi.domain.errors import Incompatible
from lingxi.ports.encoder import TextEncoder
from lingxi.ports.model import Watch

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Digests = npt.NDArray[np.uint64]
STAGE: Final = "text"
BATCH: Final = 512
PART: Final = 8_192
"""Texts between two writings: what a run that is killed has to ask for again, at most."""
LEAST: Final = 1e-6


def vectors_of(texts: Sequence[str], encoder: TextEncoder, folder: Path, watch: Watch) -> Floats:
    """float32[len(texts), width], each of length 1, an empty text's 0; `folder` is where vectors are kept.

    The numbers have the precision of float16, so that they are the same whether they were kept or just made.

    Raises:
        Unavailable: the encoder is on a server that does not answer.
        Incompatible: what it answers are no vectors.
    """
    watch(STAGE, 0.0)
    kept = Kept(folder / encoder.name)
    names = np.array([_digest(text) for text in texts], dtype=np.uint64)
    _, first = np.unique(names, return_index=True)
    new = first[(names[first] > 0) & ~np.isin(names[first], kept.digest)].tolist()
    # Texts of like length go together: encoders that pad waste nothing.
    new.sort(key=lambda place: (len(texts[place]), place))
    for start in range(0, len(new), PART):
        made = []
        for at in range(start, min(start + PART, len(new)), BATCH):
            part = new[at : min(at + BATCH, start + PART)]
            made.append(_encoded([texts[place] for place in part], encoder))
            watch(STAGE, (at + len(part)) / len(new), texts=float(at + len(part)))
        kept.add(names[new[start : start + PART]], np.concatenate(made))
    kept.forget_others(names)
    watch(STAGE, 1.0)
    return kept.of(names)


def _digest(text: str) -> int:
    """64 bits, never 0, which stands for no text: among a million texts two are alike once in 10^7 times."""
    return (int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") or 1) if text else 0


def _encoded(texts: list[str], encoder: TextEncoder) -> Halves:
    """float16[len(texts), width], of length 1.

    Raises:
        Incompatible: they are not so many, or no numbers.
    """
    vectors = np.asarray(encoder.encode(texts), dtype=np.float32)
    if vectors.shape != (len(texts), encoder.width):
        raise _wrong(f"{list(vectors.shape)} numbers for {len(texts)} texts of width {encoder.width}", encoder)
    length = np.sqrt(np.square(vectors, dtype=np.float64).sum(axis=1))
    bad = np.flatnonzero(~np.isfinite(length))
    if len(bad):
        raise _wrong(f"no number for the text {texts[bad[0]][:60]!r}", encoder)
    halves: Halves = (vectors / np.maximum(length, LEAST)[:, None]).astype(np.float16)
    return halves


def _wrong(what: str, encoder: TextEncoder) -> Incompatible:
    remedy = "set text.encoder to another one, or to none"
    return Incompatible(f"the encoder of texts gave {what}", where=encoder.name, remedy=remedy)


class Kept:
    """What one encoder said, `digest` uint64[n] of the texts and `vector` float16[n, width], from files that are
    written once. One that is torn, or gone because another run put it together with others, is passed over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        self.digest: Digests = np.empty(0, dtype=np.uint64)
        self.vector: Halves = np.empty((0, 0), dtype=np.float16)
        parts = []
        for file in sorted(folder.glob("*.safetensors")):
            with contextlib.suppress(OSError, SafetensorError, KeyError):
                told = load_file(file)
                parts.append((told["digest"], told["vector"]))
                self.files.append(file)
        if parts:
            self.digest, self.vector = (np.concatenate(each) for each in zip(*parts, strict=True))

    def add(self, digest: Digests, vector: Halves) -> None:
        """Keeps more, at once.

        Raises:
            Incompatible: they are of another width than those that are kept.
        """
        if len(self.digest) and self.vector.shape[1] != vector.shape[1]:
            what = f"the encoder's vectors are {vector.shape[1]} wide, those it gave before {self.vector.shape[1]}"
            raise Incompatible(what, where=str(self.folder), remedy="it is another model now: delete that folder")
        self.files.append(self._write(digest, vector))
        self.vector = np.concatenate([self.vector, vector]) if len(self.digest) else vector
        self.digest = np.append(self.digest, digest)

    def of(self, digest: Digests) -> Floats:
        """float32[len(digest), width]; 0 for a text that is not kept."""
        found = np.zeros((len(digest), self.vector.shape[1]), dtype=np.float32)
        if len(self.digest):
            order = np.argsort(self.digest)
            place = order[np.minimum(np.searchsorted(self.digest, digest, sorter=order), len(order) - 1)]
            there = self.digest[place] == digest
            found[there] = self.vector[place[there]]
        return found

    def forget_others(self, digest: Digests) -> None:
        """Writes everything anew as one file where most of what is kept is of none of these."""
        left = np.isin(self.digest, digest)
        if len(left) <= 2 * left.sum():
            return
        before, self.digest, self.vector = self.files, self.digest[left], self.vector[left]
        self.files = [self._write(self.digest, self.vector)] if left.any() else []
        for file in before:
            file.unlink(missing_ok=True)

    def _write(self, digest: Digests, vector: Halves) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{uuid.uuid4().hex}.safetensors"
        half = file.with_suffix(".half")
        save_file({"digest": digest, "vector": np.ascontiguousarray(vector)}, half)
        half.replace(file)
        return file
