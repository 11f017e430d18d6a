"""Worker processes, in which a document that crashes or hangs costs itself alone."""

import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any, Self

import msgspec
from pebble import ProcessExpired, ProcessPool

from cleaner.garble import Sibling
from cleaner.intake import unchanged
from cleaner.pipeline import Cleaner, Result
from cleaner.records import Unreadable
from cleaner.runs.shards import Shard
from cleaner.runs.siblings import Siblings
from cleaner.runs.stretches import ATTEMPTS, ATTEMPTS_IF_KILLED, Stretch, Stretches, WorkerError
from cleaner.runs.tasks import SECONDS_A_DOCUMENT, SECONDS_A_MEGABYTE, Note, Piece, Task, clean_shard
from cleaner.text import Document

# Tasks on their way per worker: the one in hand and the one after it.
AHEAD = 2
# A worker that was killed while it took a task out of the queue has taken it along, and holds the queue's lock. Where a worker
# is free and a task waits so long, the pool is started anew. Loading a cleaner takes a few seconds on a slow machine.
STALL_SECONDS = 120.0
_POLL_SECONDS = 1.0
# How a process has ended the pool tells, a moment later on a busy machine; after this time it will not.
_SILENCE_SECONDS = 5.0
# So often a pool is started anew without anything done in between.
MOST_RESTARTS = 10


def start_early() -> None:
    """Begin to load what workers need, beside what this process does meanwhile."""
    _context()


def _context() -> Any:
    # Neither copies of this process, whose threads a fork would break, nor fresh ones, which import everything anew.
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cleaner.runs.tasks"])
    # Control-C is for this process, which ends the others; the server would say that its imports were interrupted. It inherits
    # what is blocked. So does the tracker of resources, which blocks and unblocks for itself, and is therefore started before.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


_cleaner: Cleaner
# What a cleaner loads with its first text is not to be taken from the time of that document.
_WARM_UP = "The mayor said on Monday that the bridge will open in spring, and thanked all who had worked on it."


def _start_worker(pickled: bytes) -> None:
    global _cleaner  # noqa: PLW0603 (one cleaner for each process: loading it for every document would cost more than cleaning)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process, see `cleaner.runs.tasks`
    _cleaner = pickle.loads(pickled)  # noqa: S301 (from the process that started this one)
    _cleaner.clean(_WARM_UP)


def _clean_spooled(spooled: str, task: Task) -> Piece:
    return clean_shard(_cleaner, pickle.loads(Path(spooled).read_bytes()), task)  # noqa: S301 (written by `Workers`)


_NO_POOL = "there are no worker processes: the one that starts them was ended"


def _started_pool(number: int, pickled: bytes) -> ProcessPool:
    """So many workers, which load while the first documents are read. Raises `WorkerError`."""
    pool = ProcessPool(number, initializer=_start_worker, initargs=(pickled,), context=_context())
    try:
        _ = pool.active  # starts it
    except BrokenExecutor as error:
        raise WorkerError(_NO_POOL) from error
    return pool


class Workers:
    """So many processes that carry out tasks; a context manager.

    Args:
        cleaner: what they clean with; pickled.
        number: how many processes.
        seconds: how long a document may take (see `cleaner.runs.tasks.Task`).
    """

    def __init__(self, cleaner: Cleaner, number: int, seconds: float = SECONDS_A_DOCUMENT) -> None:
        self._number = number
        self._seconds = seconds
        self._pickled = pickle.dumps(cleaner)
        self._pool = self._new_pool()
        self._futures: dict[Future[Piece], Stretch] = {}
        self._stretches = Stretches()
        self._spooled: dict[str, tuple[Shard, Path]] = {}
        self._quiet_since = time.monotonic()
        self._gone_since: dict[Future[Piece], float] = {}
        self._restarts = 0

    def _new_pool(self) -> ProcessPool:
        return _started_pool(self._number, self._pickled)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    @property
    def busy(self) -> bool:
        """Whether there are tasks enough for all workers."""
        return len(self._futures) >= AHEAD * self._number

    def start(self, shard: Shard, task: Task) -> None:
        """Have a shard cleaned. Its documents wait on disk, not in the memory of this process."""
        spooled = Path(f"{task.stem}-shard")
        spooled.write_bytes(pickle.dumps(shard, pickle.HIGHEST_PROTOCOL))
        self._spooled[shard.identity] = shard.outline(), spooled
        self._schedule(self._stretches.begin(shard, msgspec.structs.replace(task, seconds=self._seconds)))

    def wait(self) -> Iterator[tuple[Shard, list[Piece]]]:
        """Wait until something happens; gives the shards that are done with it, and their pieces in order.

        Raises `WorkerError` where no worker can be kept alive, and what `cleaner.runs.tasks.clean_shard` raises.
        """
        done, _ = wait(self._futures, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        self._look_for_stall(something_done=bool(done))
        if not done:
            self._look_for_silent_ends()
        for future in done:
            stretch = self._futures.pop(future, None)
            if stretch is None:
                continue
            try:
                piece = future.result()
            except BrokenExecutor:
                self._restart([stretch])
            except FutureTimeoutError:
                self._again(stretch, f"took longer than {self._seconds:g} seconds")
            except ProcessExpired as error:
                killed = sys.platform != "win32" and error.exitcode in (-signal.SIGKILL, signal.SIGTERM)
                self._again(stretch, self._why(error.exitcode), ATTEMPTS_IF_KILLED if killed else ATTEMPTS)
            else:
                self._restarts = 0
                if pieces := self._stretches.done(stretch, piece):
                    shard, spooled = self._spooled.pop(stretch.shard)
                    spooled.unlink(missing_ok=True)
                    yield shard, pieces

    def _schedule(self, stretch: Stretch) -> None:
        shard, spooled = self._spooled[stretch.shard]
        task = stretch.task
        # What a document may take is looked after by the worker itself; this is for where it cannot (Windows), or does not.
        # Of a file of records only the worker learns how many it holds. With a document that has failed nothing is done.
        seconds = None
        if task.stop is not None and not task.failed:
            seconds = 2 * (self._seconds * (task.stop - task.first) + shard.size / 1e6 * SECONDS_A_MEGABYTE)
        if not self._pool.active:  # it broke since the last look; what it had is told as broken by its futures
            self._pool = self._new_pool()
        future = self._pool.schedule(_clean_spooled, args=(str(spooled), task), timeout=seconds)
        self._futures[future] = stretch

    def _again(self, stretch: Stretch, why: str, attempts: int = ATTEMPTS) -> None:
        for another in self._stretches.again(stretch, why, attempts):
            self._schedule(another)

    def _why(self, exit_status: int) -> str:
        if sys.platform != "win32" and exit_status == -signal.SIGALRM:
            return f"took longer than {self._seconds:g} seconds"
        if exit_status < 0:
            return f"ended its process: signal {signal.Signals(-exit_status).name}"
        return f"ended its process: exit status {exit_status}"

    def _look_for_stall(self, *, something_done: bool) -> None:
        running = sum(future.running() for future in self._futures)
        if something_done or running >= min(self._number, len(self._futures)):
            self._quiet_since = time.monotonic()
        elif time.monotonic() - self._quiet_since > STALL_SECONDS or not self._pool.active:
            self._restart([])  # inactive: it broke before it knew of all tasks

    def _look_for_silent_ends(self) -> None:
        """A process that a document has ended as if all was well (exit status 0) is missed by nobody else."""
        gone = {future for future, stretch in self._futures.items() if future.running() and _is_gone(Note.of(stretch.task))}
        now = time.monotonic()
        self._gone_since = {future: self._gone_since.get(future, now) for future in gone}
        for future, since in self._gone_since.items():
            if now - since > _SILENCE_SECONDS and not future.done():
                self._again(self._futures.pop(future), "ended its process: exit status 0")

    def _restart(self, more: Sequence[Stretch]) -> None:
        """A new pool for `more`, and for the tasks of the old one that are not done."""
        self._restarts += 1
        if self._restarts > MOST_RESTARTS:
            raise WorkerError("the worker processes cannot be kept alive: they end before they have done anything")
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._pool = self._new_pool()
        self._quiet_since = time.monotonic()
        waiting, self._futures = [*self._futures.values()], {}
        for stretch in (*more, *waiting):
            self._again(stretch, "was in a pool that broke", 0)


def _is_gone(note: Note | None) -> bool:
    if note is None or sys.platform == "win32":
        return False
    try:
        os.kill(note.process, 0)
    except (ProcessLookupError, PermissionError):  # its number may be another user's process by now
        return True
    return False


def clean_all(
    cleaner: Cleaner,
    documents: Iterable[Document | Unreadable],
    workers: int,
    siblings: Siblings | None = None,
    seconds: float | None = None,
) -> Iterator[Result]:
    """The results of `documents`, in their order, by so many processes; by this one alone for one without a limit of `seconds`.

    With `siblings`, made of the same documents, each is also compared with its own. A document that ends its worker process, or
    takes longer than `seconds` (`SECONDS_A_DOCUMENT` unless said otherwise) and half a minute for each MB of it, comes back
    unchanged with an error; in this process it takes the process along.
    """
    if workers <= 1 and seconds is None:
        for document in documents:
            yield _clean(cleaner, document, _siblings_of(document, siblings))
        return
    pickled = pickle.dumps(cleaner)
    with _started_pool(workers, pickled) as pool:
        waiting: deque[tuple[Document | Unreadable, Future[Result]]] = deque()
        try:
            for document in documents:
                size = 0 if isinstance(document, Unreadable) else len(document.text)
                timeout = (seconds or SECONDS_A_DOCUMENT) + size / 1e6 * SECONDS_A_MEGABYTE
                waiting.append((document, _scheduled(pool, document, _siblings_of(document, siblings), timeout)))
                if len(waiting) >= 8 * workers:
                    yield _result(cleaner, *waiting.popleft())
            while waiting:
                yield _result(cleaner, *waiting.popleft())
        finally:
            if waiting:
                pool.stop()  # type: ignore[no-untyped-call]


def _siblings_of(document: Document | Unreadable, siblings: Siblings | None) -> list[Sibling]:
    return siblings.of(document.id) if siblings else []


def _scheduled(
    pool: ProcessPool, document: Document | Unreadable, siblings: Sequence[Sibling], timeout: float
) -> Future[Result]:
    """A document on its way to a worker. Pickled here: one that cannot be might end the pool's thread, and hang the run."""
    try:
        pickled = pickle.dumps((document, siblings), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 (whatever its metadata raises: that is one document's failure)
        failed: Future[Result] = Future()
        failed.set_exception(error)
        return failed
    return pool.schedule(_clean_in_worker, args=(pickled,), timeout=timeout)


def _clean_in_worker(pickled: bytes) -> Result:
    return _clean(_cleaner, *pickle.loads(pickled))  # noqa: S301 (from the process that started this one)


def _clean(cleaner: Cleaner, document: Document | Unreadable, siblings: Sequence[Sibling]) -> Result:
    if isinstance(document, Unreadable):
        return cleaner.failed(document.id, document.error)
    return cleaner.clean_document(document, siblings)


def _result(cleaner: Cleaner, document: Document | Unreadable, future: Future[Result]) -> Result:
    try:
        return future.result()
    except FutureTimeoutError:
        why = "the document took too long"
    except BrokenExecutor as error:  # which is no document's failure
        raise WorkerError(_NO_POOL) from error
    except ProcessExpired as error:
        why = f"the document ended its process: exit status {error.exitcode}"
    except Exception as error:  # noqa: BLE001 (a cleaner of someone's own may raise: that is one document's failure)
        why = f"{type(error).__name__}: {error}"
    return cleaner.failed(document.id, why, "" if isinstance(document, Unreadable) else unchanged(document))
