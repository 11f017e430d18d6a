"""Shards on their way, and which of their documents is to blame where the process that had them has gone.

A shard is first one stretch, all its documents. Where its process goes, the document in hand is set apart, tried once more by
itself, and in the end recorded with an error; the others go their way.
"""

import shutil
import uuid
from pathlib import Path
from typing import Any

import msgspec

from cleaner.records import Reference
from cleaner.runs.shards import Shard
from cleaner.runs.tasks import Note, Piece, Task

ATTEMPTS = 2
"""So often a document is tried whose process ends."""
ATTEMPTS_IF_KILLED = 5
"""So often where the process was killed, which mostly somebody else does."""
# So often a process may end that had no document in hand, which is no document's fault.
MOST_ATTEMPTS = 20


class WorkerError(RuntimeError):
    """The processes that clean cannot do their work at all."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Some neighbouring documents of a shard, on their way."""

    shard: str
    """Identity of the shard."""
    task: Task
    attempts: int = 0
    """How often its one document has ended its process."""
    lost: int = 0
    """How often its process has ended by no fault of theirs."""


class Stretches:
    """The account of all stretches that are on their way."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._pieces: dict[str, list[Piece]] = {}

    def begin(self, shard: Shard, task: Task) -> Stretch:
        """The stretch that is all of a shard."""
        self._left[shard.identity] = 1
        self._pieces[shard.identity] = []
        # Only who reads a file of records learns how many it holds.
        counted = all(not isinstance(entry, Reference) or entry.single for entry in shard.entries)
        return Stretch(shard=shard.identity, task=msgspec.structs.replace(task, stop=len(shard.keys) if counted else None))

    def done(self, stretch: Stretch, piece: Piece) -> list[Piece] | None:
        """Take account of what came of a stretch; all pieces of its shard, in order, where it was the last of them."""
        self._pieces[stretch.shard].append(piece)
        self._left[stretch.shard] -= 1
        if self._left[stretch.shard]:
            return None
        del self._left[stretch.shard]
        return sorted(self._pieces.pop(stretch.shard), key=lambda one: one.task.first)

    def again(self, stretch: Stretch, why: str, attempts: int = ATTEMPTS) -> list[Stretch]:
        """What to start instead of a stretch whose process has gone.

        Args:
            stretch: which.
            why: what is recorded of the document that turns out to be the cause: what it did.
            attempts: how often a document is tried by itself before it is taken for the cause; 0 where it is known that none
                is, such as when a machine was taken away.

        Raises `WorkerError` where that happens again and again, and no document can be blamed.
        """
        task = stretch.task
        position = _in_hand(task)
        _clear(task)
        if position is None or task.failed or not attempts:
            if stretch.lost + 1 >= MOST_ATTEMPTS:
                raise WorkerError(f"the processes that clean end again and again: {why}")
            next_ones = [_renewed(stretch, stretch.attempts, stretch.lost + 1)]
        elif task.stop != task.first + 1:
            around = [(task.first, position), (position, position + 1), (position + 1, task.stop)]
            next_ones = [_renewed(stretch, first=first, stop=stop) for first, stop in around if stop is None or first < stop]
        elif stretch.attempts + 1 < attempts:
            next_ones = [_renewed(stretch, stretch.attempts + 1, stretch.lost)]
        else:
            next_ones = [_renewed(stretch, failed={position: f"the document {why}"})]
        self._left[stretch.shard] += len(next_ones) - 1
        return next_ones


def _renewed(stretch: Stretch, attempts: int = 0, lost: int = 0, **changes: Any) -> Stretch:
    """A stretch with changes in its task, which writes under a name of its own."""
    stem = str(Path(stretch.task.stem).with_name(uuid.uuid4().hex))
    task = msgspec.structs.replace(stretch.task, stem=stem, **changes)
    kept = {at: one for at, one in task.kept.items() if task.first <= at and (task.stop is None or at < task.stop)}
    return Stretch(shard=stretch.shard, task=msgspec.structs.replace(task, kept=kept), attempts=attempts, lost=lost)


def _in_hand(task: Task) -> int | None:
    """The document that its process had in hand when it went; None where that is not known."""
    note = Note.of(task)
    if note is None or note.position < task.first or (task.stop is not None and note.position >= task.stop):
        return None
    return note.position


def _clear(task: Task) -> None:
    """Remove what a failed task has left."""
    for path in task.note.parent.glob(f"{task.note.stem}.*"):
        if path == task.texts:
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
