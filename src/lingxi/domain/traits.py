"""A shopper's traits as numbers, so that state and snapshots tell them without texts. Sensitive ones have none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from lingxi.domain.event import Scalar
from lingxi.domain.user import User

Ints = npt.NDArray[np.int32]


def traits_of(user: User) -> Ints:
    """The codes of a shopper's traits that are not sensitive, int32[t] in rising order."""
    return np.array(sorted(_codes(user)), dtype=np.int32)


def _codes(user: User) -> Iterator[int]:
    for name, trait in user.traits.items():
        if not trait.sensitive and trait.value is not None:
            yield code_of(name, trait.value)


def code_of(name: str, value: Scalar) -> int:
    """The code of one trait that is not sensitive."""
    return _code(name, _told(value))


def _told(value: Scalar) -> str:
    """A value as text: numbers by two digits, for what differs less is the same to a model."""
    return f"{value:.2g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


@lru_cache(maxsize=65_536)
def _code(name: str, value: str) -> int:
    """0 and up."""
    told = f"{name}\x1f{value}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=4).digest(), "big") >> 1
