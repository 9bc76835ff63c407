"""Words of a query and of an item as numbers, so that the state can tell whether an item is what was searched for.

Texts in scripts that part no words (Chinese, Japanese, Korean, Thai) are read in pairs of neighbouring letters: the
usual bigrams of full-text search. Case, width and accents make no difference (NFKD).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

MOST: Final = 4
"""Words of a query that are kept: the first ones."""
CODES: Final = 65_535
"""Words are numbered from 1 to this."""
BLOCKS: Final = 4
"""64-bit numbers of a signature."""
RUN: Final = re.compile(r"[^\W_]+")
ACCENTS: Final = re.compile(r"[\u0300-\u036f\u3099\u309a]+")
UNPARTED: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def words_of(text: str) -> Iterator[str]:
    """The words of a text, in order."""
    if text.isascii():
        yield from RUN.findall(text.lower())
        return
    folded = ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    for run in RUN.findall(unicodedata.normalize("NFC", folded)):
        start = 0
        for part in UNPARTED.finditer(run):
            if part.start() > start:
                yield run[start : part.start()]
            letters = part.group()
            yield from (letters[k : k + 2] for k in range(max(1, len(letters) - 1)))
            start = part.end()
        if start < len(run):
            yield run[start:]


@lru_cache(maxsize=65_536)
def code_of(word: str) -> int:
    """The number of a word, 1 to CODES: two places, of 256 each, in a signature."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big") % CODES + 1


@lru_cache(maxsize=65_536)
def query_of(text: str) -> int:
    """The first distinct words of a query, 16 bits each, as one int64; 0 where there is none."""
    packed = 0
    for place, code in enumerate(list(dict.fromkeys(map(code_of, words_of(text))))[:MOST]):
        packed |= code << 16 * place
    return packed - (1 << 64) if packed >> 63 else packed


def codes_in(queries: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The words of queries as `query_of` has them, int64[n, MOST], 0 where there are fewer."""
    codes: npt.NDArray[np.int64] = (queries[:, None] >> (16 * np.arange(MOST))) & CODES
    return codes


@lru_cache(maxsize=16_384)
def _bits(text: str) -> int:
    """Categories and brands come again and again."""
    bits = 0
    for word in words_of(text):
        code = code_of(word)
        bits |= 1 << (code & 255) | 1 << (code >> 8)
    return bits


def signature_of(*texts: str) -> tuple[int, ...]:
    """All words of an item's texts as a set of 256 bits (a Bloom filter, two bits a word), BLOCKS int64.

    Of a dozen words one in a hundred other words seems to be there too.
    """
    bits = 0
    for text in texts:
        if text:
            bits |= _bits(text)
    blocks = (bits >> 64 * place & (1 << 64) - 1 for place in range(BLOCKS))
    return tuple(block - (1 << 64) if block >> 63 else block for block in blocks)
