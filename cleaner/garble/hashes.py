"""Hashes of words, of a few or of all the words of a text at a time."""

import functools

import numpy as np
import numpy.typing as npt

# An odd base has an inverse modulo 2^64, so the hash of a word comes from sums over the whole text.
_BASE = 0xD6E8FEB86659FD93
_LETTER_VALUES = np.random.default_rng(5).integers(1, 2**63, 256, dtype=np.uint64)
_CHUNK = 1 << 16
_MASK = (1 << 64) - 1


@functools.cache
def _powers() -> npt.NDArray[np.uint64]:
    powers = np.full(_CHUNK, _BASE, np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


@functools.cache
def _inverse_powers() -> npt.NDArray[np.uint64]:
    powers = np.full(_CHUNK, pow(_BASE, -1, 1 << 64), np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


def hash_words(words: list[str]) -> npt.NDArray[np.uint64]:
    """The hashes of words in lower-case ASCII letters."""
    found = []
    for word in words:
        total = 0
        for place, letter in enumerate(word.encode("ascii")):
            total += int(_LETTER_VALUES[letter]) * pow(_BASE, place, 1 << 64)
        found.append(total & _MASK)
    return np.array(found, np.uint64)


def hash_spans(
    codes: npt.NDArray[np.uint8], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The hashes of the words that stand in `codes` (lower-case ASCII), in chunks so that powers need no great tables."""
    hashes = np.zeros(len(start), np.uint64)
    first = 0
    while first < len(start):
        low = int(start[first])
        last = int(np.searchsorted(end, low + _CHUNK, side="right"))
        if last <= first:  # one word longer than a chunk: no word that is known
            first += 1
            continue
        part = codes[low : int(end[last - 1])]
        sums = np.zeros(len(part) + 1, np.uint64)
        np.cumsum(_LETTER_VALUES[part] * _powers()[: len(part)], out=sums[1:])
        at = start[first:last] - low
        hashes[first:last] = (sums[end[first:last] - low] - sums[at]) * _inverse_powers()[at]
        first = last
    return hashes
