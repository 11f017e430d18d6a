"""Values by key, for millions of keys and thousands of look-ups at a time."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner import cache

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""What spreads keys over a table: the golden ratio of 2^64."""


class LookUp:
    """Values by key, looked up many at a time; open addressing, so that a look-up is two or three steps, not twenty."""

    def __init__(self, keys: npt.NDArray[Any], values: npt.NDArray[Any], bits: int) -> None:
        """`keys` all differ, and none has all bits set: such a key is nowhere found.

        The table is kept for the next start: to put two million keys in their places takes longer than to read it.
        """
        self._shift = np.uint64(64 - bits)
        self._mask = np.int64((1 << bits) - 1)
        self._empty = keys.dtype.type(np.iinfo(keys.dtype).max)
        layout = f"{MULTIPLIER} {bits} {keys.dtype.str} {values.dtype.str}"
        name, size = cache.name_of("table", layout.encode(), keys.data, values.data), 1 << bits
        if (kept := cache.read(name)) and len(kept) == size * (keys.itemsize + values.itemsize):
            self._keys = np.frombuffer(kept, keys.dtype, size)
            self._values = np.frombuffer(kept, values.dtype, size, self._keys.nbytes)
            return
        self._keys = np.full(size, self._empty, keys.dtype)
        self._values = np.zeros(size, values.dtype)
        self._put(keys, values)
        cache.write(name, self._keys.tobytes() + self._values.tobytes())

    def _put(self, keys: npt.NDArray[Any], values: npt.NDArray[Any]) -> None:
        left = np.arange(len(keys))
        slots = self._first(keys)
        while len(left):
            free = self._keys[slots] == self._empty
            self._keys[slots[free]] = keys[left[free]]
            won = self._keys[slots] == keys[left]
            self._values[slots[won]] = values[left[won]]
            left, slots = left[~won], (slots[~won] + 1) & self._mask

    def _first(self, keys: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        return ((keys.astype(np.uint64) * MULTIPLIER) >> self._shift).astype(np.int64)

    def find(self, keys: npt.NDArray[Any]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[Any]]:
        """For each key whether it is there, and its value, or zero."""
        slots = self._first(keys)
        there = self._keys[slots]
        found = (there == keys) & (keys != self._empty)
        values = np.zeros(len(keys), self._values.dtype)
        values[found] = self._values[slots[found]]
        left = np.flatnonzero(~found & (there != self._empty))
        while len(left):
            slots[left] = (slots[left] + 1) & self._mask
            there = self._keys[slots[left]]
            hit = left[there == keys[left]]
            found[hit] = True
            values[hit] = self._values[slots[hit]]
            left = left[(there != keys[left]) & (there != self._empty)]
        return found, values
