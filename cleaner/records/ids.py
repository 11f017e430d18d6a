"""Ids made unique, in bounded memory whatever their number."""

import hashlib
import sqlite3
from collections.abc import Callable

# Pages of 4 KiB that SQLite keeps in memory; what is beyond goes to a temporary file that is gone with the process.
_CACHE_PAGES = 8_000


class UniqueIds:
    """Gives each id once: the first document with an id keeps it, the next gets ``~2`` added, and so on.

    Of each id 16 bytes are kept, in a private SQLite database that moves to disk when it grows. For one thread.

    Args:
        key: what must not be the same of two ids; the id itself unless said otherwise.
    """

    def __init__(self, key: Callable[[str], str] = str) -> None:
        self._key = key
        self._database = sqlite3.connect("", isolation_level=None)  # an empty name is a private temporary file
        self._database.execute(f"PRAGMA cache_size = {_CACHE_PAGES}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def unique(self, wanted: str) -> str:
        """`wanted`, or where it was given before, `wanted` with a number that makes it new."""
        times = self._times(wanted)
        given = wanted
        while times > 1:
            given = f"{wanted}~{times}"
            times = times + 1 if self._times(given) > 1 else 1
        return given

    def _times(self, name: str) -> int:
        """How often a name was asked for, this time included."""
        key = hashlib.blake2b(self._key(name).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        statement = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times"
        [(times,)] = self._database.execute(statement, (key,)).fetchall()
        return int(times)
