"""What a run has done so far: an SQLite database in the output folder, which also keeps other runs out of it.

Its lock is held as long as the run lives and goes with the process, however that ends. Each run has an epoch, one higher than
the last, and only the one that the manifest names may publish.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from cleaner.report import Totals
from cleaner.runs.shards import Shard
from cleaner.runs.tasks import MAIN, REJECTED, Place

_SCHEMA_VERSION = "2"
_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shards (
    identity TEXT PRIMARY KEY, number INTEGER NOT NULL, epoch INTEGER NOT NULL, documents INTEGER NOT NULL,
    failed INTEGER NOT NULL, bytes INTEGER NOT NULL, rejected_bytes INTEGER NOT NULL, totals BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    key BLOB PRIMARY KEY, identity BLOB NOT NULL, part TEXT NOT NULL, output TEXT NOT NULL, row INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS texts (name TEXT PRIMARY KEY, path TEXT NOT NULL, part TEXT NOT NULL) WITHOUT ROWID;
"""
# What is known of a document that is to be done again, whatever it is now.
_NOT_DONE = b""
# A text is known by its path without capitals, which some file systems do not tell apart. It belongs to the part that holds its
# record; to none where its document has no text any more, or where a run over other inputs has dropped the record.
_NO_PART, _OF_OTHER_INPUTS = "", "-"


class BusyError(ValueError):
    """Another run is at work in the same output folder."""


class StaleEpochError(RuntimeError):
    """Another run has taken over the output folder since this one began."""


class Published(msgspec.Struct, frozen=True):
    """A shard whose part is in the output."""

    identity: str
    """Of the shard; also the name of its part."""
    number: int
    documents: int
    failed: int
    bytes: int
    """Size of its part; 0 where it has none."""
    rejected_bytes: int


class Manifest:
    """The database at `path`, locked until `close`. For one thread. Raises `BusyError` where another run holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._run("PRAGMA locking_mode = EXCLUSIVE")
            self._run("PRAGMA synchronous = NORMAL")
            self._run("BEGIN EXCLUSIVE")  # in that mode the lock stays after the commit
            for statement in _TABLES.split(";"):
                self._run(statement)
            self._check_schema()
            self.epoch = int(self.facts().get("epoch", "0")) + 1
            self.note({"schema": _SCHEMA_VERSION, "epoch": str(self.epoch)})
            self._run("COMMIT")
        except BaseException:
            self._database.close()
            raise

    def _check_schema(self) -> None:
        if self.facts().get("schema", _SCHEMA_VERSION) != _SCHEMA_VERSION:
            raise ValueError(f"{self._path}: of another version of this toolkit; {self._anew}")

    @property
    def _anew(self) -> str:
        return f"delete {self._path.parent} and add --overwrite to start anew"

    def _run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with self._told():
            return self._database.execute(statement, values)

    def _run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._told():
            self._database.executemany(statement, rows)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite raises as what the caller knows."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise BusyError(f"{self._path.parent.parent}: another run is at work here") from error
            raise OSError(f"{self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{self._path}: {error}; {self._anew}") from error

    def close(self) -> None:
        """Give the lock back."""
        self._database.close()

    def facts(self) -> dict[str, str]:
        """What is noted of the run: its settings, and what else has a name."""
        return dict(self._run("SELECT name, value FROM facts").fetchall())

    def note(self, facts: Mapping[str, str]) -> None:
        """Note facts, in place of what was noted under their names."""
        self._run_many("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def forget(self) -> None:
        """Take no shard and no document for done; what was there is known until `drop_others`."""
        self._run("DELETE FROM shards")
        self._run("UPDATE documents SET identity = ?", (_NOT_DONE,))

    def find(self, identity: str) -> Published | None:
        """The shard with this identity, if it has been published."""
        row = self._run(f"{_PUBLISHED} WHERE identity = ?", (identity,)).fetchone()
        return Published(*row) if row else None

    def plan(self, shard: Shard) -> None:
        """A published shard belongs to this run, too, in its place."""
        self._run("UPDATE shards SET number = ?, epoch = ? WHERE identity = ?", (shard.number, self.epoch, shard.identity))

    def records_of(self, shard: Shard) -> Iterator[tuple[int, str, Place]]:
        """Of the documents of a shard those with a record that still holds: their number, its part and its place there."""
        for position, (key, identity) in enumerate(zip(shard.keys, shard.identities, strict=True)):
            statement = "SELECT part, output, row FROM documents WHERE key = ? AND identity = ?"
            if found := self._run(statement, (key, identity)).fetchone():
                part, output, row = found
                yield position, part, Place(output, row)

    def text_of(self, path: str) -> str | None:
        """The part that the text at `path` belongs to; None where no run has made one there."""
        row = self._run("SELECT part FROM texts WHERE name = ?", (path.casefold(),)).fetchone()
        return row and str(row[0])

    def claim(self, part: str, paths: Collection[str]) -> list[str]:
        """Note, before they are there, that files are texts of a run. Gives those that were spelt otherwise before."""
        self._run("BEGIN IMMEDIATE")
        statement = "SELECT path FROM texts WHERE name = ? AND path != ?"
        others = [row[0] for path in paths for row in self._run(statement, (path.casefold(), path))]
        rows = ((path.casefold(), path, part) for path in paths)
        self._run_many("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", rows)
        self._run("COMMIT")
        return others

    def publish(
        self,
        shard: Shard,
        totals: Totals,
        places: Sequence[Place | None],
        sizes: Mapping[str, int],
        texts_kept: Collection[str] = (),
        without_text: Collection[str] = (),
    ) -> None:
        """Note that a shard is in the output. Raises `StaleEpochError` where this run is no longer the one that may.

        `texts_kept` may be there from before, and then belong to it; at `without_text` none belongs to any part.
        """
        self._run("BEGIN IMMEDIATE")
        try:
            self.check_epoch()
            row = (
                *(shard.identity, shard.number, self.epoch, totals.documents, totals.failed),
                *(sizes[MAIN], sizes[REJECTED], msgspec.json.encode(totals)),
            )
            self._run("INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            if len(places) == len(shard.keys):  # not so where an entry was a file of many records
                documents = (
                    (key, identity, shard.identity, place.output, place.row)
                    if place
                    else (key, _NOT_DONE, shard.identity, "", 0)
                    for key, identity, place in zip(shard.keys, shard.identities, places, strict=True)
                )
                self._run_many("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", documents)
            names = ((shard.identity, path.casefold(), _NO_PART) for path in texts_kept)
            self._run_many("UPDATE texts SET part = ? WHERE name = ? AND part != ?", names)
            self._run_many("UPDATE texts SET part = ? WHERE name = ?", ((_NO_PART, path.casefold()) for path in without_text))
            self._run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._database.rollback()
            raise

    def check_epoch(self) -> None:
        """Raises `StaleEpochError` where this run is no longer the one that may publish."""
        if self.facts()["epoch"] != str(self.epoch):
            raise StaleEpochError("another run has taken over the output folder")

    def shards(self) -> Iterator[Published]:
        """The shards of this run, in the order of the inputs."""
        statement = f"{_PUBLISHED} WHERE epoch = ? ORDER BY number"
        return (Published(*row) for row in self._run(statement, (self.epoch,)))

    def totals(self) -> Totals:
        """What all shards of this run have counted."""
        totals = Totals()
        for (counted,) in self._run("SELECT totals FROM shards WHERE epoch = ? ORDER BY number", (self.epoch,)):
            totals.merge(msgspec.json.decode(counted, type=Totals))
        return totals

    def totals_of(self, published: Published) -> Totals:
        """What a shard has counted."""
        [counted] = self._run("SELECT totals FROM shards WHERE identity = ?", (published.identity,)).fetchone()
        return msgspec.json.decode(counted, type=Totals)

    def drop_others(self) -> int:
        """Forget the shards that no longer belong to the run, and the documents in them.

        Gives the number of those documents that are not in any shard of the run: their inputs are gone. It is 0 where the run
        has files of many records, of which it does not know the documents.
        """
        self._run("BEGIN")
        self._run("DELETE FROM shards WHERE epoch != ?", (self.epoch,))
        gone = self._run("DELETE FROM documents WHERE part NOT IN (SELECT identity FROM shards)").rowcount
        [(known, all_of_them)] = self._run(
            "SELECT (SELECT count(*) FROM documents), (SELECT coalesce(sum(documents), 0) FROM shards)"
        ).fetchall()
        self._run("COMMIT")
        return gone if known == all_of_them else 0

    def settle_texts(self, *, leave: bool) -> int:
        """Texts whose records are gone (after `drop_others`) belong to nobody, or with `leave` to runs over other inputs.

        Gives how many there are of the latter.
        """
        now = _OF_OTHER_INPUTS if leave else _NO_PART
        statement = "UPDATE texts SET part = ? WHERE part NOT IN (SELECT identity FROM shards UNION VALUES (?), (?))"
        self._run(statement, (now, _NO_PART, _OF_OTHER_INPUTS))
        [(left,)] = self._run("SELECT count(*) FROM texts WHERE part = ?", (_OF_OTHER_INPUTS,)).fetchall()
        return int(left)

    def texts_of_nobody(self) -> Iterator[str]:
        """Where texts are, or were, that belong to nobody."""
        return (path for (path,) in self._run("SELECT path FROM texts WHERE part = ? ORDER BY name", (_NO_PART,)))

    def drop_texts_of_nobody(self) -> None:
        """Forget them."""
        self._run("DELETE FROM texts WHERE part = ?", (_NO_PART,))


_PUBLISHED = "SELECT identity, number, documents, failed, bytes, rejected_bytes FROM shards"
