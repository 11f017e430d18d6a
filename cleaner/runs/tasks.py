"""What one worker does with a shard, wherever it runs: read, clean, and write a piece of the output.

A piece is files under names that nobody else writes to. Nothing of it is seen in the output until the process that holds the
output folder publishes it (`cleaner.runs.folder.Folder.publish`).
"""

import os
import signal
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from cleaner.garble import Sibling
from cleaner.intake import bare_media_type, unchanged
from cleaner.pipeline import Cleaner, Result
from cleaner.records import Entry, ReadOptions, Reference, Unreadable, load, output_path
from cleaner.report import Totals
from cleaner.runs.parts import Format, Record, new_part, read_part, suffix
from cleaner.runs.shards import Shard
from cleaner.text import Document

SECONDS_A_DOCUMENT, SECONDS_A_MEGABYTE = 60.0, 30.0
"""A document may take so long, in wall-clock time: some ten times what the slowest known machine needs."""

MAIN, REJECTED = "main", "rejected"
"""The two outputs of a run: records of what is kept, and of what a rule rejects."""


class Place(msgspec.Struct, frozen=True):
    """Where a record stands."""

    output: str
    """`MAIN` or `REJECTED`."""
    row: int
    """Its number in the part, from 0."""


class Kept(msgspec.Struct, frozen=True):
    """A record of an earlier run that is taken over."""

    path: str
    """The part that it stands in."""
    row: int
    output: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """How a shard, or a stretch of it, is to be done."""

    stem: str
    """Path, without an end, of the files to write; no other task has it."""
    format: Format
    options: ReadOptions = ReadOptions()
    columns: bytes | None = None
    """Of the input's other fields, for Parquet; see `cleaner.runs.parts.columns_of`."""
    first: int = 0
    """The first document of the shard to be done, from 0."""
    stop: int | None = None
    """The document before which to stop; None for all."""
    kept: Mapping[int, Kept] = {}
    """Documents that have not changed since an earlier run, and their records."""
    failed: Mapping[int, str] = {}
    """Documents that are not to be touched, and the error to record of them."""
    seconds: float | None = None
    """How long a document may take, beside `SECONDS_A_MEGABYTE`; then its process is ended (not on Windows). None: for ever."""

    def touches(self, position: int) -> bool:
        """Whether the document with this number is to be read and cleaned."""
        return self.holds(position) and position not in self.kept and position not in self.failed

    def holds(self, position: int) -> bool:
        """Whether the document with this number is one of its own."""
        return self.first <= position and (self.stop is None or position < self.stop)

    def part(self, output: str) -> Path:
        """The file of a piece's records."""
        return Path(f"{self.stem}.{output}.{suffix(self.format)}")

    @property
    def texts(self) -> Path:
        """The folder of a piece's texts, in the format ``txt``."""
        return Path(f"{self.stem}.texts")

    @property
    def note(self) -> Path:
        """Where the document in hand and the process are noted (`Note`), for whoever finds the process gone."""
        return Path(f"{self.stem}.note")


class Note(NamedTuple):
    """What a process has in hand."""

    position: int
    """The number of the document in its shard."""
    process: int
    """Its id."""

    def packed(self) -> bytes:
        """As it stands in the file."""
        return struct.pack(_NOTE, *self)

    @classmethod
    def of(cls, task: Task) -> "Note | None":
        """What was noted last; None where nothing was."""
        try:
            return cls(*struct.unpack(_NOTE, task.note.read_bytes()))
        except (OSError, struct.error):
            return None


_NOTE = "<qq"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a task."""

    task: Task
    totals: Totals
    places: tuple[Place | None, ...]
    """For each document where its record stands in the piece; None where it failed and is to be tried again."""
    texts: tuple[tuple[str, str], ...] = ()
    """Files of the piece, and where below the output folder they belong."""
    texts_kept: tuple[str, ...] = ()
    """Where below the output folder texts of an earlier run may be that are taken over."""
    without_text: tuple[str, ...] = ()
    """Where below the output folder no text of an earlier run may stay: that document has none now."""
    records: dict[str, int]
    """How many records each output has of it."""
    kept: int = 0
    """How many of them were taken over from an earlier run."""


def clean_shard(cleaner: Cleaner, shard: Shard, task: Task) -> Piece:
    """Do a task.

    Raises `OSError` where the piece cannot be written. What goes wrong with a document is in its record; only a document that
    ends or blocks the process is for the caller to find out.
    """
    return _Worker(cleaner, task).run(shard)


class _Worker:
    def __init__(self, cleaner: Cleaner, task: Task) -> None:
        self._cleaner = cleaner
        self._task = task
        self._rows = {MAIN: 0, REJECTED: 0}
        self._totals = Totals()
        self._places: list[Place | None] = []
        self._texts: list[tuple[str, str]] = []
        self._texts_kept: list[str] = []
        self._without_text: list[str] = []
        self._earlier = _Earlier(task.kept)

    def run(self, shard: Shard) -> Piece:
        task = self._task
        with_text = {MAIN: task.format != "txt", REJECTED: True}
        parts = {
            output: new_part(task.part(output), task.format, with_text=with_text[output], columns=task.columns)
            for output in (MAIN, REJECTED)
        }
        if task.format == "txt":
            task.texts.mkdir()  # not its parents: where they are gone, so is the run
        with closing(parts[MAIN]), closing(parts[REJECTED]), _Watch(task) as watch:
            for position, document, siblings in _documents(shard, task, watch, self._totals):
                if kept := task.kept.get(position):
                    record = self._earlier.record(position)
                    parts[kept.output].keep(record)
                    self._totals.add_record(record, media_type(document))
                    self._place(kept.output)
                    if task.format == "txt" and kept.output == MAIN:
                        self._texts_kept += text_places(document.id)
                    continue
                result = self._result(position, document, siblings)
                output = REJECTED if result.rejected else MAIN
                fields = {} if isinstance(document, Reference) else document.metadata
                try:
                    parts[output].add(result, fields)
                except UNWRITABLE as error:
                    result = unwritable(self._cleaner, document, error)
                    output = MAIN
                    parts[output].add(result, {})
                if task.format == "txt":
                    self._write_text(position, result)
                self._totals.add(result, media_type(document))
                self._place(output, failed=result.error is not None)
        return Piece(
            task=task,
            totals=self._totals,
            places=tuple(self._places),
            records=self._rows,
            texts=tuple(self._texts),
            texts_kept=tuple(self._texts_kept),
            without_text=tuple(self._without_text),
            kept=len(task.kept),
        )

    def _result(self, position: int, document: Entry, siblings: tuple[Sibling, ...]) -> Result:
        if position in self._task.failed:
            # Nothing is done with it, not even to read its bytes: that may be what ends the process.
            text = document.text if isinstance(document, Document) and isinstance(document.text, str) else ""
            return self._cleaner.failed(document.id, self._task.failed[position], text)
        if not isinstance(document, Document):
            return self._cleaner.failed(document.id, document.error if isinstance(document, Unreadable) else "not read")
        try:
            return self._cleaner.clean_document(document, siblings)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (also what asks for the end, or comes from Rust: one document's failure)
            return self._cleaner.failed(document.id, f"{type(error).__name__}: {error}", unchanged(document))

    def _place(self, output: str, *, failed: bool = False) -> None:
        self._places.append(None if failed else Place(output, self._rows[output]))
        self._rows[output] += 1

    def _write_text(self, position: int, result: Result) -> None:
        path, markdown = text_places(result.id)
        # What a failed document came as, be it the source of a page, is no clean text and must not look like one.
        written = not result.rejected and not result.error
        if written:
            self._write(f"{position}.txt", path, result.text)
        else:
            self._without_text.append(path)
        if written and result.markdown is not None:
            self._write(f"{position}.md", markdown, result.markdown)
        else:
            self._without_text.append(markdown)

    def _write(self, name: str, target: str, text: str) -> None:
        path = self._task.texts / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        self._texts.append((str(path), target))


UNWRITABLE = (RecursionError, OverflowError, TypeError, ValueError)
"""What writing a record may raise for the sake of its other fields."""


def unwritable(cleaner: Cleaner, document: Entry, error: Exception) -> Result:
    """The result of a document whose other fields cannot be written, to be written without them."""
    text = unchanged(document) if isinstance(document, Document) else ""
    return cleaner.failed(document.id, f"its other fields cannot be written: {error}", text)


def text_places(document_id: str) -> tuple[str, str]:
    """Where below the output folder the text of a document goes, and its Markdown if it has some."""
    path = output_path(Path(), document_id)
    return path.as_posix(), path.with_suffix(".md").as_posix()


def _documents(shard: Shard, task: Task, watch: "_Watch", totals: Totals) -> Iterator[tuple[int, Entry, tuple[Sibling, ...]]]:
    """The documents of a task with their numbers in the shard. Those that are not to be touched are not read."""
    position = 0

    def leave_out(why: str) -> None:
        if task.holds(position):  # else it is counted by the task that has the next document
            totals.leave_out(why)

    for index, entry in enumerate(shard.entries):
        siblings = shard.siblings[index] if shard.siblings else ()
        found: Iterator[Entry] = iter([entry])
        if isinstance(entry, Reference):
            if not entry.single and task.format == "txt":
                raise ValueError("a text for each document needs ids that are unique: read records one by one, not by file")
            if not entry.single or task.touches(position):
                watch.begin(position, entry)
                found = load(entry, task.options, leave_out)
        for document in found:
            if position == task.stop:
                return
            if position >= task.first:
                watch.begin(position, document)
                yield position, document, siblings
            position += 1


def media_type(document: Entry) -> str:
    """What a document is, as it was found."""
    if isinstance(document, Document):
        return bare_media_type(document)
    return "text/html" if isinstance(document, Reference) and document.kind == "html" else "text/plain"


class _Earlier:
    """Records of earlier parts, each part read once."""

    def __init__(self, kept: Mapping[int, Kept]) -> None:
        self._records: dict[int, Record] = {}
        wanted: dict[str, dict[int, int]] = {}
        for position, one in kept.items():
            wanted.setdefault(one.path, {})[one.row] = position
        for path, rows in wanted.items():
            for row, record in enumerate(read_part(Path(path))):
                if row in rows:
                    self._records[rows[row]] = record

    def record(self, position: int) -> Record:
        return self._records.pop(position)


class _Watch:
    """Notes which document is in hand, and ends this process when it takes too long, even in code that is not Python.

    A document that blocks or ends the process can thus be named by the one that started it.
    """

    def __init__(self, task: Task) -> None:
        self._seconds = task.seconds
        self._failed = task.failed
        self._note = task.note.open("wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def begin(self, position: int, entry: Entry) -> None:
        """The document with this number is next."""
        self._note.seek(0)
        self._note.write(Note(position, os.getpid()).packed())
        if self._seconds is None:
            return
        if position in self._failed:  # nothing is done with it, and nobody is left to blame
            _alarm(0)
        else:
            size = len(entry.text) if isinstance(entry, Document) else 0
            _alarm(self._seconds + size / 1e6 * SECONDS_A_MEGABYTE)

    def __exit__(self, *_: object) -> None:
        if self._seconds is not None:
            _alarm(0)
        self._note.close()


def _alarm(seconds: float) -> None:
    """End this process in so many seconds; 0 calls it off."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)
