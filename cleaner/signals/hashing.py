"""Numbers that stand for stretches of a text, the same for the same characters: what is repeated is found by comparing them.

A polynomial of the characters over 64 bits, for all stretches at once. Nothing depends on chance or on the process. Two
different tokens of honest text have the same number in one case of 2**64; who wants to can make such tokens, and wins that his
own text looks more repetitive than it is.
"""

import functools

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.intp]
Hashes = npt.NDArray[np.uint64]

# Of a longer token only so many characters are told apart from those of another.
TOKEN_CHARACTERS = 1_000

# Stretches this short, and this sparse, are looked up without reading what is between them.
_SHORT, _SPARSE = 6, 16
# Otherwise so many characters are read in one go, as fit into a processor's own memory.
BLOCK_CHARACTERS = 1 << 16

_BASE = 0x9E3779B97F4A7C15  # odd, so that its powers have inverses; the golden ratio in 64 bits
_MIXER = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)


@functools.cache
def _powers() -> tuple[Hashes, Hashes]:
    """The powers of the base, and of its inverse, for the places of a block."""
    size = BLOCK_CHARACTERS + TOKEN_CHARACTERS
    powers = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        steps = np.full(size, base, np.uint64)
        steps[0] = 1
        powers.append(np.cumprod(steps))
    return powers[0], powers[1]


def hashes(codes: npt.NDArray[np.unsignedinteger], starts: Places, ends: Places) -> Hashes:
    """A number for each stretch of `codes`, ascending and apart: a polynomial of its characters, the same wherever it stands.

    Of a stretch of more than `TOKEN_CHARACTERS` only so many count, and its length.
    """
    powers, inverses = _powers()
    lengths = ends - starts
    if not len(starts):
        return lengths.astype(np.uint64)
    if _SPARSE * len(starts) < ends[-1] - starts[0] and lengths.max() <= _SHORT:
        inside = np.arange(lengths.max())
        there = np.minimum(starts[:, np.newaxis] + inside, len(codes) - 1)
        short = np.where(inside < lengths[:, np.newaxis], codes[there], 0).astype(np.uint64)
        return mixed(short @ powers[: len(inside)] + lengths.astype(np.uint64))
    result = np.empty(len(starts), np.uint64)
    stops = starts + np.minimum(lengths, TOKEN_CHARACTERS)
    first = 0
    while first < len(starts):
        low = int(starts[first])
        last = int(np.searchsorted(starts, low + BLOCK_CHARACTERS))
        begin, stop = starts[first:last] - low, stops[first:last] - low
        values = np.empty(int(stop[-1]) + 1, np.uint64)
        values[0], sums = 0, values[1:]
        sums[:] = codes[low : low + len(sums)]
        sums *= powers[: len(sums)]
        np.cumsum(sums, out=sums)
        result[first:last] = (values[stop] - values[begin]) * inverses[begin]
        first = last
    result += lengths.astype(np.uint64)
    return mixed(result)


def mixed(values: Hashes) -> Hashes:
    """`values` with their bits spread, so that sums of their multiples collide no more often than chance."""
    values ^= values >> _HALF
    values *= _MIXER
    values ^= values >> _HALF
    return values


def among(values: Hashes, wanted: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the `values` are among the `wanted`, which are ascending."""
    if not len(wanted):
        return np.zeros(len(values), np.bool_)
    found = np.searchsorted(wanted, values)
    found[found == len(wanted)] = 0
    result: npt.NDArray[np.bool_] = wanted[found] == values
    return result
