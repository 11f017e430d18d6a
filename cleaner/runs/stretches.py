"""Shards on their way, and which of their documents is to blame where the process that had them has gone.

A shard is first one stretch, all its documents. Where its process goes, the document in hand is set apart, tried once more by
itself, and in the end recorded with an error; the others go their way.
"""

import shutil
import uuid

import msgspec

from cleaner.records import Reference
from cleaner.runs.shards import Shard
from cleaner.runs.tasks import Piece, Task

ATTEMPTS = 2
"""How often a document is tried that its process does not survive."""
# What cannot be the fault of a single document is tried so often.
MOST_ATTEMPTS = 10


class LostError(RuntimeError):
    """Documents whose process goes again and again, and it is not one of them."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Some neighbouring documents of a shard, on their way."""

    shard: str
    """Identity of the shard."""
    task: Task
    attempts: int = 0
    """How often these very documents have been tried in vain."""


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

    def again(self, stretch: Stretch, why: str, *, innocent: bool = False) -> list[Stretch]:
        """What to start instead of a stretch whose process has gone.

        Args:
            stretch: which.
            why: what is recorded of the document that turns out to be the cause: what it did.
            innocent: whether it is known that no document is the cause, such as a machine that was taken away.

        Raises `LostError` where that happens again and again, and no document can be blamed.
        """
        task = stretch.task
        position = _in_hand(task)
        _clear(task)
        if innocent or task.failed or (position is None and task.stop is None):
            if stretch.attempts + 1 >= MOST_ATTEMPTS:
                raise LostError(f"the processes that clean are ended again and again: {why}")
            next_ones = [self._renewed(stretch, attempts=stretch.attempts + 1)]
        elif task.stop == task.first + 1:
            blamed = stretch.attempts + 1 >= ATTEMPTS
            failed = {task.first: f"the document {why}"} if blamed else {}
            next_ones = [self._renewed(stretch, attempts=0 if blamed else stretch.attempts + 1, failed=failed)]
        else:
            next_ones = [self._renewed(stretch, first=first, stop=stop) for first, stop in _cut(task, position)]
        self._left[stretch.shard] += len(next_ones) - 1
        return next_ones

    def _renewed(self, stretch: Stretch, *, attempts: int = 0, **changes: object) -> Stretch:
        """A stretch with changes in its task, which writes under a name of its own."""
        stem = f"{stretch.task.stem.split('+')[0]}+{uuid.uuid4().hex}"
        task = msgspec.structs.replace(stretch.task, stem=stem, **changes)
        kept = {at: one for at, one in task.kept.items() if task.first <= at and (task.stop is None or at < task.stop)}
        return Stretch(shard=stretch.shard, task=msgspec.structs.replace(task, kept=kept), attempts=attempts)


def _in_hand(task: Task) -> int | None:
    """The document that its process had in hand when it went; None where that is not known."""
    try:
        noted = task.note.read_bytes()
    except OSError:
        return None
    position = int.from_bytes(noted, "little") if noted else -1
    within = task.first <= position and (task.stop is None or position < task.stop)
    return position if within else None


def _cut(task: Task, position: int | None) -> list[tuple[int, int | None]]:
    """Stretches around the document that was in hand, or two halves where that is not known."""
    first, stop = task.first, task.stop
    if position is None:
        assert stop is not None
        middle = (first + stop) // 2
        return [(first, middle), (middle, stop)]
    around = [(first, position), (position, position + 1), (position + 1, stop)]
    return [(start, end) for start, end in around if end is None or start < end]


def _clear(task: Task) -> None:
    """Remove what a failed task has left."""
    for path in task.note.parent.glob(f"{task.note.stem}.*"):
        if path == task.texts:
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
