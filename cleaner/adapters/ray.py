"""Ray: a folder run, as by ``cleaner clean``, with its shards cleaned by tasks on a cluster, and the same manifest.

This process reads the inputs, hands out shards and publishes what comes back, so the command line can go on where Ray stopped,
and the other way round. All machines must see the output folder, and with ``by_file`` the inputs.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner, default_cleaner
from cleaner.records import ReadOptions
from cleaner.runs import Folder, Format, Piece, Progress, Settings, Shard, Task, clean_shard
from cleaner.runs import clean_folder as run_folder
from cleaner.runs.stretches import ATTEMPTS, Stretch, Stretches
from cleaner.runs.tasks import SECONDS_A_DOCUMENT

try:
    import ray
    from ray.exceptions import NodeDiedError, ObjectLostError, RayError, RayTaskError
except ImportError as error:
    raise ExtraMissingError(__name__, "ray", error) from error

# Tasks on their way for each core: the one in hand and the one after it.
AHEAD = 2
_WAIT_SECONDS = 1.0


def clean_folder(
    inputs: Sequence[str],
    out: str | Path,
    cleaner: Cleaner | None = None,
    *,
    output_format: Format = "jsonl",
    options: ReadOptions | None = None,
    by_file: bool = False,
    overwrite: bool = False,
    told: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Clean all documents in `inputs` that are not done yet into the folder `out`, on the cluster that Ray is connected to.

    Args:
        inputs: files, folders and URLs, as for ``cleaner clean``.
        out: the output folder, which all machines see under this path.
        cleaner: None for the one of `cleaner.clean`.
        output_format: as of ``cleaner clean --format``.
        options: which fields of a record hold what.
        by_file: have files of records read by the tasks, a shard for each file, instead of by this process. Where that would
            be the bottleneck; not for the format ``txt``.
        overwrite: do again what is done.
        told: called whenever something is done.

    A document that ends its process or blocks it is recorded with an error, and costs no other. Raises `ValueError` for an
    input that is not there and for an output folder that another run holds, `OSError` where nothing can be written, and
    `RuntimeError` where tasks are lost again and again.
    """
    if by_file and output_format == "txt":
        raise ValueError("a text for each document needs ids that are unique: not by file in the format 'txt'")
    cleaner = cleaner or default_cleaner()
    settings = Settings(ruleset=cleaner.digest, format=output_format, options=options or ReadOptions())
    with Folder(Path(out).absolute(), settings, overwrite=overwrite) as folder:
        return run_folder(cleaner, inputs, folder, RayTasks(cleaner), by_file=by_file, told=told)


class RayTasks:
    """Carries out the tasks of a folder run on Ray: the pool that ``cleaner.runs.clean_folder`` may be given.

    Args:
        cleaner: what to clean with.
        seconds: how long a document may take, beside half a minute for each MB of it; on Windows as long as it wants.
        **options: of each task, as of ``ray.remote``: ``memory``, ``resources`` ...
    """

    def __init__(self, cleaner: Cleaner, seconds: float = SECONDS_A_DOCUMENT, **options: Any) -> None:
        if not ray.is_initialized():
            ray.init()
        self._seconds = seconds
        self._cleaner = ray.put(cleaner)
        # Ray would give a lost task its old name, under which the one that was given up may still write.
        self._clean = ray.remote(clean_shard).options(**options, max_retries=0)
        self._stretches = Stretches()
        self._shards: dict[str, tuple[Shard, Any]] = {}
        self._running: dict[Any, Stretch] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for reference in self._running:
            ray.cancel(reference, force=True)

    @property
    def busy(self) -> bool:
        """Whether there are tasks enough for all cores that the cluster has now."""
        return len(self._running) >= AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))

    def start(self, shard: Shard, task: Task) -> None:
        """Have a shard cleaned."""
        self._shards[shard.identity] = shard.outline(), ray.put(shard)
        self._submit(self._stretches.begin(shard, msgspec.structs.replace(task, seconds=self._seconds)))

    def wait(self) -> Iterator[tuple[Shard, list[Piece]]]:
        """Wait until something happens; gives the shards that are done with it, and their pieces in order.

        Raises `cleaner.runs.stretches.WorkerError`, and what `clean_shard` raises.
        """
        ready, _ = ray.wait(list(self._running), timeout=_WAIT_SECONDS)
        for reference in ready:
            stretch = self._running.pop(reference)
            try:
                piece: Piece = ray.get(reference)
            except RayTaskError:  # it is no document that raises, but a disk that is full, or the like
                raise
            except RayError as error:
                attempts = 0 if isinstance(error, NodeDiedError | ObjectLostError) else ATTEMPTS
                why = f"ended its process or took longer than {self._seconds:.0f} seconds ({type(error).__name__})"
                for another in self._stretches.again(stretch, why, attempts):
                    self._submit(another)
                continue
            if pieces := self._stretches.done(stretch, piece):
                shard, _ = self._shards.pop(stretch.shard)
                yield shard, pieces

    def _submit(self, stretch: Stretch) -> None:
        _, shard = self._shards[stretch.shard]
        self._running[self._clean.remote(self._cleaner, shard, stretch.task)] = stretch
