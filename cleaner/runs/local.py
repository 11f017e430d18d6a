"""A run: this process reads and publishes, others clean, here or wherever a `Pool` has them."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from cleaner.pipeline import Cleaner
from cleaner.records import UniqueIds, output_path, scan
from cleaner.report import Totals
from cleaner.report.account import settings_told
from cleaner.runs.folder import Folder
from cleaner.runs.parts import Format
from cleaner.runs.shards import Shard, plan
from cleaner.runs.siblings import Siblings
from cleaner.runs.tasks import SECONDS_A_DOCUMENT, Piece, Task
from cleaner.runs.workers import Workers


class Progress(msgspec.Struct):
    """How far a run is."""

    totals: Totals
    """Of what has been done in this run, and before it."""
    consumed: int = 0
    """Bytes of input files whose documents are done."""
    before: int = 0
    """How many of the documents an earlier run has done."""
    left_out: Counter[str] = msgspec.field(default_factory=Counter)
    """How many files of folders are of no kind that is read, by the suffix of their names."""


class Pool(Protocol):
    """What carries out tasks: `cleaner.runs.workers.Workers`, or that of an engine. A context manager, which ends them."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    @property
    def busy(self) -> bool:
        """Whether there are tasks enough for now."""
        ...

    def start(self, shard: Shard, task: Task) -> None:
        """Have a shard cleaned."""
        ...

    def wait(self) -> Iterator[tuple[Shard, list[Piece]]]:
        """Wait until something happens; gives the shards that are done with it, and their pieces in order."""
        ...


def clean_folder(
    cleaner: Cleaner,
    inputs: Sequence[str],
    folder: Folder,
    workers: int | Pool = 1,
    siblings: Siblings | None = None,
    *,
    seconds: float = SECONDS_A_DOCUMENT,
    by_file: bool = False,
    told: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Clean all documents in `inputs` that are not done yet into an output folder.

    Args:
        cleaner: what to clean with; its digest is that of the folder's settings.
        inputs: as of `cleaner.records.read`.
        folder: where to; open.
        workers: how many processes clean, or what has it done elsewhere. One more reads and publishes.
        siblings: where documents are to be compared; made of the same inputs.
        seconds: how long a document may take, beside half a minute for each MB of it; for workers of this machine.
        by_file: have files of records read by who cleans them, a shard for each file; not for the format ``txt``.
        told: called whenever something is done.

    Raises `cleaner.records.InputError` for an input that is not there, and `OSError` where something cannot be written.
    """
    started = time.time()
    progress = Progress(Totals())
    read = 0

    def consumed(size: int) -> None:
        nonlocal read
        read += size

    ids = unique_ids(folder.settings.format)
    read_here = Totals()  # apart from those of the shards: whatever is done already, the inputs are gone through once more
    entries = scan(
        *(inputs, folder.path, folder.settings.options, ids),
        by_file=by_file,
        consumed=consumed,
        left_out=progress.left_out,
        leave_out=read_here.leave_out,
    )
    if folder.settings.format == "txt":
        entries = folder.guarded(entries, markdown=cleaner.markdown)
    sizes: dict[str, int] = {}
    accounted = 0
    with Workers(cleaner, workers, seconds) if isinstance(workers, int) else workers as pool:

        def count(totals: Totals, before: int, size: int) -> None:
            progress.totals.merge(totals)
            progress.before += before
            progress.consumed += size
            told(progress)

        def publish_some() -> None:
            for done, pieces in pool.wait():
                with _undisturbed():
                    totals = folder.publish(done, pieces)
                count(totals, sum(piece.kept for piece in pieces), sizes.pop(done.identity))

        for shard in plan(entries, folder.settings.digest, siblings, by_file=by_file):
            size, accounted = read - accounted, read
            if published := folder.done(shard):
                count(folder.totals_of(published), published.documents, size)
                continue
            sizes[shard.identity] = size
            pool.start(shard, folder.task(shard))
            while pool.busy:
                publish_some()
        while sizes:
            publish_some()
    with _undisturbed():
        folder.finish(
            {
                "seconds": round(time.time() - started, 1),
                "workers": workers if isinstance(workers, int) else type(workers).__name__,
                "before": progress.before,
                "left_out": dict(sorted(progress.left_out.items())),
                **settings_told(cleaner, progress.totals),
            },
            inputs,
            read_here,
        )
    progress.totals.merge(read_here)
    return progress


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A request to end (SIGINT, SIGTERM) waits until the block is done: a shard is published as a whole or not at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = {number: signal.signal(number, lambda got, _: asked.append(got)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
    if asked:
        raise KeyboardInterrupt


def unique_ids(output_format: Format) -> UniqueIds:
    """What makes the ids of a run unique: so that in the format ``txt`` no two documents have one file."""
    return UniqueIds(_file_name) if output_format == "txt" else UniqueIds()


def _file_name(document_id: str) -> str:
    # Some file systems do not tell capitals apart.
    return output_path(Path(), document_id).as_posix().casefold()
